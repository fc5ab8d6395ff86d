/**
 * A host in a process of its own, as small as one can be, for tests that kill it.
 *
 *   node hosting-host.ts <directory> <base port>
 *
 * It tells over IPC the pids of its servers once all serve, and closes the ensemble on a signal. Any message of its parent
 * pauses server 1, which it answers.
 */
import { Ensemble } from '../../hosting/ensemble.ts';

const [directory = '', basePort] = process.argv.slice(2);
const serving = new Set<number>();
const ensemble = new Ensemble(
  {
    directory,
    participants: 3,
    basePort: Number(basePort),
    host: '127.0.0.1',
    settings: { tickTime: 500 },
    trace: true,
  },
  {
    event: () => {},
    mode: (sid, mode) => {
      if (mode === null) serving.delete(sid);
      else serving.add(sid);
      if (serving.size === 3) process.send?.(ensemble.servers.map(({ pid }) => pid));
    },
    process: () => {},
    log: () => {},
    linkFault: () => {},
    memberAdded: () => {},
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void ensemble.close().then(() => process.exit(0)));
}
process.on('message', () => {
  ensemble.pause(1);
  process.send?.('paused');
});
await ensemble.start();
