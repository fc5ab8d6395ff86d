import { pollUntil } from '../../harness/poll.ts';
import type { TestServer } from '../../harness/test-server.ts';

/** Waits until all have logged and applied the same, so that the highest sid wins an election among any of them. */
export async function levelled(servers: readonly TestServer[]): Promise<void> {
  await pollUntil(
    async () => {
      const zxids = await Promise.all(servers.map(async (server) => (await server.status())?.zxid));
      return new Set(zxids).size === 1 && zxids[0] !== undefined ? true : undefined;
    },
    { deadlineMs: 20_000, describe: () => `equal zxids\n${servers.map((server) => server.report()).join('\n')}` },
  );
}
