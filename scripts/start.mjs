// npm start: an ensemble on this machine. Its arguments are those of packages/ensemble/bin/local-ensemble.ts.
import { ensureInstalled } from './lib/install.mjs';
import { repositoryEnvironment, repositoryNode, run } from './lib/repository.mjs';

await ensureInstalled();
const program = 'packages/ensemble/bin/local-ensemble.ts';
process.exitCode = await run(repositoryNode, [program, ...process.argv.slice(2)], { env: repositoryEnvironment() });
