/**
 * Digests of the tree, computed by each server over its own (word `hash`): Apache's code on one side and ours on the other.
 */
import { fourLetterWord } from '../../harness/four-letter-word.ts';
import { pollUntil } from '../../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../../harness/raw-connection.ts';
import type { TestServer } from '../../harness/test-server.ts';

/** A server keeps the digest behind each zxid that is divisible by this. */
const INTERVAL = 128n;
const MARK = '/digest-mark';

/** What several servers have for the same zxids. */
export interface DigestComparison {
  /** How many zxids at least two servers have a digest for. */
  readonly compared: number;
  /** One line for each zxid on which they do not agree. */
  readonly differences: readonly string[];
}

/** The digests that a server keeps, by zxid in hex. */
export async function digestsOf(server: TestServer): Promise<Map<string, string>> {
  const lines = (await fourLetterWord(server.clientPort, 'hash')).split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => line.split(': ') as [string, string]));
}

/** Writes until a digest is due on all of the servers, and compares all that they have. */
export async function compareDigests(servers: readonly TestServer[]): Promise<DigestComparison> {
  const zxid = (await writeToMark(servers[0]?.clientPort ?? 0)).toString(16);
  const each: Map<string, string>[] = [];
  for (const server of servers) {
    const digests = await pollUntil(
      async () => {
        const found = await digestsOf(server);
        return found.has(zxid) ? found : undefined;
      },
      { deadlineMs: 20_000, describe: () => `a digest at ${zxid}\n${server.report()}` },
    );
    each.push(digests);
  }
  const differences: string[] = [];
  let compared = 0;
  for (const at of new Set(each.flatMap((digests) => [...digests.keys()]))) {
    const found = each.map((digests) => digests.get(at) ?? null);
    const known = found.filter((digest) => digest !== null);
    if (known.length > 1) compared++;
    if (new Set(known).size > 1) differences.push(`${at}: ${found.join(' ')}`);
  }
  return { compared, differences };
}

/** Writes until the zxid is one whose digest is kept; returns it. */
async function writeToMark(port: number): Promise<bigint> {
  const connection = await RawConnection.openSession(port);
  await connection.request(op.create, createBody(MARK, ''));
  for (;;) {
    const reply = await connection.request(op.setData, new Bytes().field(MARK).field('x').int(-1).buffer);
    if (reply?.error !== 0) throw new Error(`no write on port ${port}: ${reply?.error}`);
    if (reply.zxid % INTERVAL !== 0n) continue;
    await connection.request(op.closeSession);
    connection.destroy();
    return reply.zxid;
  }
}

/** How many transactions left another tree on this server than their digest says, by its own count. */
export async function digestMismatches(server: TestServer): Promise<number> {
  const text = await fourLetterWord(server.clientPort, 'mntr');
  const count = /^zk_digest_mismatches_count\t(\d+)$/m.exec(text)?.[1];
  if (count === undefined) throw new Error(`no count of mismatches\n${text}`);
  return Number(count);
}
