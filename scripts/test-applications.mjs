// npm run test:applications: installs what is missing, then runs applications that nobody here wrote over our servers and
// over Apache's. What follows `--` goes to Vitest. The last line is the sum.
import { applications, runSuite } from './lib/suites.mjs';

await runSuite(applications, process.argv.slice(2));
