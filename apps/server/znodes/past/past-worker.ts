/** The thread that makes and keeps past trees: reading a log takes long, and nothing else must wait for it. */
import { parentPort } from 'node:worker_threads';
import { assert } from '@vivarium/shared/assert';
import type { PastReply, PastRequest } from './past-messages.ts';
import { PastTrees } from './past-trees.ts';

const MAX_TREES = 4;
const MAX_NODES = 1_000_000;

const port = parentPort;
assert(port !== null, 'this is the program of a worker thread');
const trees = new PastTrees({ maxTrees: MAX_TREES, maxNodes: MAX_NODES });
port.on('message', ({ id, query }: PastRequest) => {
  const reply: PastReply = { id, answer: trees.answer(query) };
  port.postMessage(reply);
});
