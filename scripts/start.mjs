// npm start: an ensemble on this machine and the pages that show it. Its arguments are those of apps/server/bin/vivarium.ts.
import { ensureInstalled } from './lib/install.mjs';
import { repositoryEnvironment, repositoryNode, run } from './lib/repository.mjs';
import { ensureWebBuilt } from './lib/web.mjs';

const args = process.argv.slice(2);
await ensureInstalled();
if (!args.includes('--help') && !args.includes('-h')) await ensureWebBuilt();
const program = 'apps/server/bin/vivarium.ts';
process.exitCode = await run(repositoryNode, [program, ...args], { env: repositoryEnvironment(), tied: true });
