/**
 * The mirror of a cluster under load: the leader is killed while attached, the whole cluster goes down and comes back, and at
 * rest the mirror has what the servers have, to the last bit.
 */
import { RandomWriters } from '@vivarium/client/tests/harness/random-writers';
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { fourLetterWord } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import { digestId, SUPERUSER } from '@vivarium/ensemble/tests/integration/differential/request-generator';
import { compareDigests } from '@vivarium/ensemble/tests/integration/mixed/digests';
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mirror } from '../../mirror/mirror.ts';
import type { MirrorState } from '../../mirror/mirror-messages.ts';
import { AttachRig, entryOf } from '../harness/attach-rig.ts';

/** Of each kind of server; `ATTACH_OPERATIONS` makes it more. */
const OPERATIONS = Number(process.env.ATTACH_OPERATIONS ?? 100_000);
const CLIENTS = 4;
const CLUSTER = 'foreign';

describe.each<{ flavour: Flavour; operations: number }>([
  { flavour: 'apache', operations: OPERATIONS },
  { flavour: 'vivarium', operations: OPERATIONS / 4 },
])('$flavour', ({ flavour, operations }) => {
  let foreign: ForeignEnsemble;
  let rig: AttachRig;
  let writers: RandomWriters;
  let mirror: Mirror;
  /** What the second mirror held, each time that it changed. */
  const contents: string[] = [];

  beforeAll(async () => {
    foreign = await ForeignEnsemble.start({
      flavour,
      extra: { 'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER), maxSessionTimeout: 60_000 },
    });
    rig = await AttachRig.start([await entryOf(foreign, CLUSTER)]);
    mirror = mirrorOf(foreign, ({ content }) => {
      if (content !== contents.at(-1)) contents.push(content);
    });
    await rig.mirrored(CLUSTER);
    writers = new RandomWriters({
      connectString: foreign.directConnectString,
      clients: CLIENTS,
      seed: 6,
      root: '/load',
    });
  }, 90_000);

  afterAll(async () => {
    await writers?.close();
    await mirror?.close();
    await rig?.remove();
    await foreign?.stop();
  });

  /** The digests that all have, at a zxid for which servers keep one; the mirror has the last of them, and so has what is shown. */
  async function expectSameTree(): Promise<void> {
    expect((await compareDigests(foreign.ensemble.servers)).differences).toEqual([]);
    const text = await fourLetterWord(foreign.server(1).ports.client, 'hash');
    const [at = '', digest = ''] = text.trim().split('\n').at(-1)?.split(': ') ?? [];
    // What came behind it, the end of a session, has left the tree as it was.
    const mirrored = await pollUntil(
      async () => {
        const found = await mirror.ask('digest', null);
        return found.zxid > BigInt(`0x${at}`) ? found : undefined;
      },
      { deadlineMs: 20_000, describe: async () => `the mirror at ${at}: ${(await mirror.ask('digest', null)).zxid}` },
    );
    expect(mirrored.digest, `the digest at ${at}`).toBe(BigInt(digest));
    const whole = { path: '/', by: 'bytes', depth: 1, limit: 1 } as const;
    const { znodes, bytes } = await mirror.ask('subtree', whole);
    const shown = await rig.get<SubtreeJson>(CLUSTER, 'subtree?path=/&depth=1&limit=1');
    expect(shown.body).toMatchObject({ znodes, bytes });
  }

  /** What came behind an event says that one has lost the lead, that others looked for a leader, and who it is now. */
  async function expectElectionSeen(behind: number, killed: number, next: number): Promise<void> {
    const seen = await pollUntil(
      async () => {
        const states = await rig.events(CLUSTER, 'stateChanged', behind);
        return states.some(({ sid, body }) => sid === next && body.state === 'LEADING') ? states : undefined;
      },
      { deadlineMs: 20_000, describe: () => `the lead of ${next}` },
    );
    expect(seen.some(({ sid, body }) => sid !== killed && body.state === 'LOOKING')).toBe(true);
    const lost = await rig.events(CLUSTER, 'reachabilityChanged', behind);
    expect(lost.some(({ sid, body }) => sid === killed && !body.reachable)).toBe(true);
  }

  test(`${operations} random operations, the leader killed meanwhile: seen, and nothing missed`, async () => {
    const { total } = writers;
    const running = writers.run(operations);
    await pollUntil(async () => (writers.total > total + operations / 3 ? true : undefined), {
      deadlineMs: 90_000,
      describe: () => `a third of the operations: ${JSON.stringify(writers.counts)}`,
    });
    const killed = await foreign.leader();
    const before = (await rig.info(CLUSTER)).kept.last;
    await killed.server.crash();
    const next = await foreign.leader();
    expect(next.sid).not.toBe(killed.sid);
    await expectElectionSeen(before, killed.sid, next.sid);
    killed.server.start();
    await running;
    await killed.server.waitUntilServing();
    await expectSameTree();

    // It went on by DIFF: no other snapshot came.
    expect(contents).toEqual(['loading', 'complete']);
    await rig.wayIs(CLUSTER, 'observer', 'open');
    await rig.gone(CLUSTER, 'noLeader', 'quorumLost', 'serverDown');
    const { counts } = writers;
    console.log(`${flavour}: ${JSON.stringify(counts)}; leader ${killed.sid} killed, then ${next.sid}`);
    expect(counts.done).toBeGreaterThan(operations / 4);
  }, 180_000);

  test('nothing is missing in the list of transactions', async () => {
    // From the newest back to the kill and beyond: counters of an epoch rise by one.
    let before: string | null = null;
    let seen = 0;
    for (let page = 0; page < 10; page++) {
      const list = await rig.transactions(CLUSTER, `?limit=1000${before === null ? '' : `&before=${before}`}`);
      for (const { zxid } of list) {
        if (before !== null) {
          const [newer, older] = [BigInt(before), BigInt(zxid)];
          const sameEpoch = newer >> 32n === older >> 32n;
          expect(sameEpoch ? newer - older : 1n, `between ${zxid} and ${before}`).toBe(1n);
        }
        before = zxid;
        seen++;
      }
      if (list.length === 0) break;
    }
    expect(seen).toBeGreaterThan(5_000);
  });

  test('the whole cluster goes down and comes back: each is said, and all is there again', async () => {
    await foreign.ensemble.killAll();
    const down = await rig.healthUntil(CLUSTER, (report) => (report.word === 'down' ? report : undefined), 'down');
    expect(down.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['quorumLost', 'serverDown']));
    const gone = await rig.wayIs(CLUSTER, 'client', 'closed', 40_000);
    expect(gone.reason?.code).toMatch(/^(?:refused|notServing)$/);
    foreign.ensemble.startAll();
    await foreign.ensemble.waitUntilServing();
    // The admin servers are looked at once a minute.
    for (const way of ['client', 'observer', 'election', 'words'] as const) {
      await rig.wayIs(CLUSTER, way, 'open', 60_000);
    }
    await writers.run(2_000);
    await expectSameTree();
    await rig.gone(CLUSTER, 'noLeader', 'quorumLost', 'serverDown', 'quorumAtEdge');
  }, 120_000);
});

/** A second one, beside that of the program: they must not be in one another's way. */
function mirrorOf(foreign: ForeignEnsemble, state: (state: MirrorState) => void): Mirror {
  const members = foreign.servers.map(({ sid, observer, ports }) => {
    const at = (port: number) => ({ host: '127.0.0.1', port });
    const role = observer ? ('observer' as const) : ('participant' as const);
    return { sid, role, quorum: at(ports.quorum), election: at(ports.election), client: at(ports.client) };
  });
  const identities = [
    { scheme: 'world', id: 'anyone' },
    { scheme: 'ip', id: '127.0.0.1' },
  ];
  const limits = { maxBytes: 1e9, maxZnodes: 1e6 };
  const events = { state, transactions: () => {}, failed: () => {} };
  return new Mirror({ members, tls: null, root: '', identities, ...limits }, events);
}
