/** The mirror of an ensemble in a thread of its own, over real servers. */
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mirror } from '../../mirror/mirror.ts';
import type { MirrorState } from '../../mirror/mirror-messages.ts';
import type { CommittedTransaction } from '../../transactions/committed-transaction.ts';

/** How long a thread that failed takes to come again, and more. */
const AGAIN_MS = 20_000;

let ensemble: TestEnsemble;
let members: readonly AttachedMember[];
let client: ZooKeeperClient;
let mirror: Mirror;
let state: MirrorState | null = null;
const transactions: CommittedTransaction[] = [];
const failures: string[] = [];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeAll(async () => {
  ensemble = await TestEnsemble.start({ servers: 3, flavours: 'vivarium' });
  client = new ZooKeeperClient({ connectString: ensemble.connectString });
  client.start();
  await client.create('/services', bytes('before'));
  members = ensemble.lines.map(({ sid, quorumPort, electionPort }) => ({
    sid,
    role: 'participant' as const,
    quorum: { host: '127.0.0.1', port: quorumPort },
    election: { host: '127.0.0.1', port: electionPort },
    client: null,
  }));
  mirror = new Mirror(
    { members, tls: null, root: '', maxBytes: 2 ** 26, maxZnodes: 100_000, identities: [] },
    {
      state: (now) => {
        state = now;
      },
      transactions: (batch) => void transactions.push(...batch.transactions),
      failed: (sid, { code }) => void failures.push(`${sid} ${code}`),
    },
  );
  await reached((await client.exists('/services'))?.mzxid ?? 0n);
});

afterAll(async () => {
  await mirror?.close();
  await client?.close();
  await ensemble?.stop();
});

/** Waits until the mirror has this transaction. */
async function reached(zxid: bigint): Promise<void> {
  const at = () =>
    mirror.ask('digest', null).then(
      (digest) => (state?.content === 'complete' && digest.zxid >= zxid ? true : undefined),
      () => undefined,
    );
  await pollUntil(at, { deadlineMs: 20_000, describe: () => JSON.stringify([failures, state?.link]) });
}

/** Waits until this transaction has come. */
function handedOn(wanted: bigint): Promise<CommittedTransaction> {
  return pollUntil(async () => transactions.find(({ zxid }) => zxid === wanted), {
    deadlineMs: 10_000,
    describe: () => `${transactions.length} transactions`,
  });
}

describe('the mirror of an ensemble', () => {
  it('finds what was there, and what comes', async () => {
    const { stat } = await client.create('/services/billing', bytes('host=db-7'));
    await reached(stat.czxid);
    const byName = await mirror.ask('search', { text: 'BILL', in: 'name', below: '/', limit: 10 });
    expect(byName.hits.map(({ path }) => path)).toEqual(['/services/billing']);
    const byContent = await mirror.ask('search', { text: 'before', in: 'content', below: '/', limit: 10 });
    expect(byContent.hits.map(({ path }) => path)).toEqual(['/services']);
    expect(await mirror.ask('subtree', { path: '/services', by: 'bytes', depth: 1, limit: 5 })).toMatchObject({
      znodes: 2,
      bytes: 15,
    });
  });

  it('reads a znode and a list as a client does', async () => {
    const [data, acl] = await Promise.all([client.getData('/services'), client.getAcl('/services')]);
    await reached(data.stat.pzxid);
    const read = await mirror.ask('read', { path: '/services' });
    expect(read).toEqual({ data: data.data, stat: data.stat, acl: acl.acl });
    const page = { offset: 0, limit: 10, stat: true };
    const { children, total, stat } = await mirror.ask('children', { path: '/services', page });
    expect([total, stat.pzxid, children[0]?.name]).toEqual([1, data.stat.pzxid, 'billing']);
    expect(children[0]?.stat).toEqual(await client.exists('/services/billing'));
    await expect(mirror.ask('read', { path: '/missing' })).rejects.toMatchObject({ error: { code: 'noNode' } });
  });

  it('hands on every transaction, with the data before and after it', async () => {
    const stat = await client.setData('/services/billing', bytes('host=db-8'));
    const { changes, operation, session } = await handedOn(stat.mzxid);
    expect([operation, session]).toEqual(['setData', client.sessionId]);
    expect(changes).toEqual([
      {
        path: '/services/billing',
        change: 'dataChanged',
        version: 1,
        before: { bytes: 9, data: bytes('host=db-7') },
        after: { bytes: 9, data: bytes('host=db-8') },
        readable: true,
      },
    ]);
  });

  it('goes on behind a killed leader, without missing anything', async () => {
    await ensemble.killLeader();
    // Only a new leader answers it.
    const isLed = () =>
      client.sync('/').then(
        () => true,
        () => undefined,
      );
    await pollUntil(isLed, { deadlineMs: 30_000, describe: () => 'no new leader' });
    const paths = Array.from({ length: 50 }, (_, i) => `/services/n-${i}`);
    const made: bigint[] = [];
    for (const path of paths) made.push((await client.create(path, bytes(path))).stat.czxid);
    await reached(made.at(-1) ?? 0n);
    await handedOn(made.at(-1) ?? 0n);
    const known = new Set(transactions.map(({ zxid }) => zxid));
    expect(made.filter((zxid) => !known.has(zxid))).toEqual([]);
    const found = await mirror.ask('search', { text: '/services/n-*', in: 'pattern', below: '/', limit: 100 });
    expect(found.hits.length).toBe(50);
  });

  it(
    'begins a thread again that a fault of its own has ended',
    async () => {
      const seen: string[] = [];
      const complete = Promise.withResolvers<void>();
      const again = new Mirror(
        // What makes it fail at once.
        { members: [null as never], tls: null, root: '', maxBytes: 2 ** 20, maxZnodes: 1_000, identities: [] },
        {
          state: ({ content }) => void (content === 'complete' && complete.resolve()),
          transactions: () => {},
          failed: (_, { code }) => {
            seen.push(code);
            again.setMembers(members);
          },
        },
      );
      try {
        await complete.promise;
        expect(seen[0]).toBe('garbage');
        const { hits } = await again.ask('search', { text: 'billing', in: 'name', below: '/', limit: 10 });
        expect(hits.map(({ path }) => path)).toEqual(['/services/billing']);
      } finally {
        await again.close();
      }
    },
    AGAIN_MS,
  );
});
