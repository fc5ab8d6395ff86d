// npm test: installs what is missing, then runs the checks and every test. What follows `--` goes to Vitest (a part of a
// file's name, `-t` and a part of a test's name); the checks are then left out. The last line is the sum.
import { everything, runSuite } from './lib/suites.mjs';

await runSuite(everything, process.argv.slice(2));
