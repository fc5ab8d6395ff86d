/** One ZooKeeper server: `node packages/ensemble/bin/zk-server.ts <zoo.cfg>`. */
import { processLog } from '../server/process-log.ts';
import { runServer } from '../server/server-process.ts';

const USAGE = 'usage: zk-server.ts <zoo.cfg>';
const [zooCfgPath, ...surplus] = process.argv.slice(2);

if (zooCfgPath === '--help' || zooCfgPath === '-h') {
  process.stdout.write(`${USAGE}\n\nRuns one server in the foreground. SIGTERM or Ctrl-C ends it.\n`);
} else if (zooCfgPath === undefined || surplus.length > 0 || zooCfgPath.startsWith('-')) {
  processLog.lastWords(`${USAGE}; it takes the path of one zoo.cfg`);
  process.exit(1);
} else {
  await runServer(zooCfgPath);
}
