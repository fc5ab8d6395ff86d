import type { TestServer } from '../../harness/test-server.ts';
import { Player } from '../differential/player.ts';
import {
  type GeneratedRequest,
  RequestGenerator,
  SESSION_TIMEOUT_KEYS,
  type,
} from '../differential/request-generator.ts';

const STEPS = 250;
const CLOSE: GeneratedRequest = {
  type: type.closeSession,
  body: Buffer.alloc(0),
  text: 'closeSession',
  watchedPath: null,
};

/**
 * Random requests through every server at once, as the comparison of answers plays them: well-formed and not, with multis,
 * ephemerals, ACLs, requests that fail, sessions that end and that change their connection. Each server's stand in a subtree
 * of their own. All sessions end with it.
 */
export async function randomLoad(servers: readonly TestServer[], seed: number): Promise<void> {
  await Promise.all(servers.map((server, index) => play(server.clientPort, seed + index)));
}

async function play(port: number, seed: number): Promise<void> {
  const generator = new RequestGenerator(seed);
  const player = new Player(port);
  try {
    for (const step of generator.prelude()) await player.play(step);
    for (let count = 0; count < STEPS; count++) {
      const step = generator.next(player.state);
      // A session that is left for another one would take its ephemerals with it while trees are compared.
      const hasSession = step.kind === 'connect' && player.state[step.slot]?.hasSession === true;
      const { paths, zxid } = await player.play(hasSession ? { ...step, resume: true } : step);
      generator.learn(paths, zxid);
    }
    // Or they would expire one by one while trees are compared.
    for (const [slot, { open, hasSession }] of player.state.entries()) {
      const timeoutMs = SESSION_TIMEOUT_KEYS.minSessionTimeout;
      if (!open && hasSession) await player.play({ kind: 'connect', slot, resume: true, timeoutMs });
      if (hasSession) await player.play({ kind: 'requests', slot, requests: [CLOSE] });
    }
  } finally {
    player.destroy();
  }
}
