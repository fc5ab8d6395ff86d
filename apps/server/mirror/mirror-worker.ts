/** The thread that mirrors a cluster: its observer, the tree, and the answers to who asks about it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Observer } from '@vivarium/ensemble/attached/observer';
import { assert } from '@vivarium/shared/assert';
import { MirrorKeeper } from './mirror-keeper.ts';
import type { MirrorCommand, MirrorOptions } from './mirror-messages.ts';
import { quorumTransport } from './quorum-transport.ts';

const port = parentPort;
assert(port !== null, 'this is the program of a worker thread');
const options: MirrorOptions = workerData;

const keeper = new MirrorKeeper(options, {
  report: (report, buffers = []) => port.postMessage(report, [...buffers]),
  tooLarge: () => void observer?.close(),
  now: () => Date.now(),
});
const observer = observe();
observer?.start();

port.on('message', async (command: MirrorCommand) => {
  switch (command.kind) {
    case 'ask':
      keeper.ask(command.id, command.question);
      return;
    case 'setMembers':
      observer?.setMembers(command.members);
      return;
    case 'setIdentities':
      keeper.setIdentities(command.identities);
      return;
    case 'taken':
      keeper.taken();
      return;
    case 'close':
      keeper.close();
      await observer?.close();
      port.postMessage({ kind: 'closed' });
  }
});

/** Null where the files of its TLS cannot be used. */
function observe(): Observer | null {
  const { members, tls, maxZnodes } = options;
  try {
    const transport = quorumTransport(tls);
    return new Observer(
      { members, transport, maxZnodes, keepBody: (path, data) => keeper.keepBody(path, data) },
      {
        state: (state) => keeper.state(state),
        installed: (database) => keeper.installed(database),
        applying: (record, database) => keeper.applying(record, database),
        applied: (_record, _applied, database) => keeper.applied(database),
        failed: (sid, reason) => keeper.failed(sid, reason),
      },
    );
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    keeper.failed(null, { code: 'tls', params: { address: '', detail } });
    return null;
  }
}
