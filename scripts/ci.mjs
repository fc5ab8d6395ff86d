// What `npm test` and `npm run test:applications` do, with one sum as the last line.
import { applications, everything, runSuites } from './lib/suites.mjs';

await runSuites([everything, applications], []);
