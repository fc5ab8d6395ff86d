/**
 * An observer and an election listener that the ensemble knows nothing of: beside Apache's servers and beside ours.
 */
import type { WayReason } from '@vivarium/shared/contract/source';
import { counterOf, epochOf } from '@vivarium/shared/zxid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedMember } from '../../attached/attached-member.ts';
import type { HeardVote } from '../../attached/election-events.ts';
import { ElectionListener } from '../../attached/election-listener.ts';
import { Observer } from '../../attached/observer.ts';
import type { ObserverState } from '../../attached/observer-events.ts';
import type { Database } from '../../core/database.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { digestId, SUPERUSER, type } from './differential/request-generator.ts';
import { compareDigests, digestsOf } from './mixed/digests.ts';
import { randomLoad } from './mixed/random-load.ts';

const RECONFIG = 16;
const KEYS = {
  reconfigEnabled: true,
  '4lw.commands.whitelist': '*',
  'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
  'zookeeper.DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
};

/** A transaction, as it was told. */
interface Told {
  readonly zxid: bigint;
  readonly sessionId: bigint;
  readonly timeMs: number;
  readonly diverged: boolean;
}

/** All that an observer and a listener told. */
class Attached {
  readonly states: ObserverState[] = [];
  readonly told: Told[] = [];
  readonly heard: { readonly sid: number; readonly heard: HeardVote }[] = [];
  readonly failures: { readonly sid: number | null; readonly reason: WayReason }[] = [];
  readonly installed: bigint[] = [];
  database: Database | null = null;
  readonly observer: Observer;
  readonly listener: ElectionListener;

  constructor(members: readonly AttachedMember[]) {
    this.observer = new Observer(
      { members },
      {
        state: (state) => this.states.push(state),
        installed: (database) => {
          this.database = database;
          this.installed.push(database.lastZxid);
        },
        applying: () => {},
        applied: ({ header }, { digestMismatch }) =>
          this.told.push({
            zxid: header.zxid,
            sessionId: header.sessionId,
            timeMs: header.timeMs,
            diverged: digestMismatch,
          }),
        failed: (sid, reason) => this.failures.push({ sid, reason }),
      },
    );
    this.listener = new ElectionListener(
      { members },
      { heard: (sid, heard) => this.heard.push({ sid, heard }), failed: () => {} },
    );
    this.observer.start();
    this.listener.start();
  }

  async close(): Promise<void> {
    this.listener.close();
    await this.observer.close();
  }

  async following(count = 1): Promise<void> {
    const isThere = (): boolean => this.states.filter(({ kind }) => kind === 'following').length >= count;
    await this.until(() => (isThere() ? true : undefined), `following for the ${count}. time`);
  }

  /** Waits until it has this transaction. */
  async reached(zxid: bigint): Promise<Database> {
    return this.until(
      () => (this.database !== null && this.database.lastZxid >= zxid ? this.database : undefined),
      `transaction ${zxid.toString(16)}`,
    );
  }

  until<T>(look: () => T | undefined, what: string): Promise<T> {
    return pollUntil(async () => look(), {
      deadlineMs: 30_000,
      intervalMs: 10,
      describe: () => `${what}\n${JSON.stringify([this.states, this.failures])}`,
    });
  }

  /** Whether no transaction is missing between the first and the last that were told, and none came twice. */
  get isWhole(): boolean {
    return this.told.every(({ zxid }, index) => {
      const before = this.told[index - 1]?.zxid ?? this.installed[0] ?? 0n;
      return zxid === before + 1n || (epochOf(zxid) > epochOf(before) && counterOf(zxid) === 1);
    });
  }
}

function membersOf(ensemble: TestEnsemble): AttachedMember[] {
  return ensemble.lines.map(({ sid, quorumPort, electionPort, observer }) => ({
    sid,
    role: observer ? 'observer' : 'participant',
    quorum: { host: '127.0.0.1', port: quorumPort },
    election: { host: '127.0.0.1', port: electionPort },
    client: null,
  }));
}

/** Where this tree and a server's have a digest of the same zxid, it is the same; returns how many there are. */
async function expectSameTree(attached: Attached, servers: readonly TestServer[]): Promise<number> {
  expect((await compareDigests(servers)).differences).toEqual([]);
  const newest = servers[0];
  if (newest === undefined) throw new Error('no server');
  const theirs = await digestsOf(newest);
  const last = Math.max(...[...theirs.keys()].map((zxid) => Number.parseInt(zxid, 16)));
  const { digestLog } = await attached.reached(BigInt(last));
  const shared = digestLog.filter(({ zxid }) => theirs.has(zxid.toString(16)));
  for (const { zxid, digest } of shared) expect(`${zxid}: ${digest}`).toBe(`${zxid}: ${theirs.get(zxid.toString(16))}`);
  return shared.length;
}

/** Opens a session, writes, and returns who wrote it as what. */
async function write(port: number, path: string): Promise<{ readonly sessionId: bigint; readonly zxid: bigint }> {
  const connection = await RawConnection.open(port);
  connection.send(new Bytes().int(0).long(0n).int(10_000).long(0n).field(new Uint8Array(16)).byte(0).frame);
  const answer = await connection.nextFrame();
  const reply = await connection.request(op.create, createBody(path, 'data'));
  connection.destroy();
  if (answer === undefined || reply?.error !== 0) throw new Error(`no write of ${path}: ${reply?.error}`);
  return { sessionId: answer.readBigInt64BE(8), zxid: reply.zxid };
}

describe.each<Flavour>(['apache', 'vivarium'])('an ensemble of %s', (flavour) => {
  let ensemble: TestEnsemble;
  let attached: Attached;

  beforeAll(async () => {
    const noSnapshots = { snapCount: 1_000_000 };
    ensemble = await TestEnsemble.start({ flavours: flavour, tickTimeMs: 500, extra: { ...KEYS, ...noSnapshots } });
    await randomLoad(ensemble.servers, 1);
    attached = new Attached(membersOf(ensemble));
    await attached.following();
  }, 90_000);

  afterAll(async () => {
    await attached?.close();
    await ensemble?.stop();
  });

  test('each transaction is told once, in order, with who wrote it and when', async () => {
    const before = Date.now();
    const { sessionId, zxid } = await write(ensemble.server(0).clientPort, '/told');
    const database = await attached.reached(zxid);
    expect(new TextDecoder().decode(database.tree.get('/told')?.data ?? undefined)).toBe('data');
    const told = attached.told.find((each) => each.zxid === zxid);
    expect(told).toMatchObject({ sessionId, zxid, diverged: false });
    expect(Math.abs((told?.timeMs ?? 0) - before)).toBeLessThan(60_000);
    await randomLoad(ensemble.servers, 2);
    expect(await expectSameTree(attached, ensemble.servers)).toBeGreaterThan(3);
    expect(attached.isWhole).toBe(true);
    expect(attached.told.filter(({ diverged }) => diverged)).toEqual([]);
    expect(attached.installed.length).toBe(1);
  });

  test('the leader is killed under load: the election is seen, and it goes on by what is missing', async () => {
    const leader = await ensemble.waitForLeader();
    const others = ensemble.servers.filter((server) => server !== leader);
    const before = attached.heard.length;
    const load = randomLoad(others, 3).catch(() => 'its connections were cut');
    await leader.crash();
    const killedMs = performance.now();
    const next = await attached.until(
      () =>
        attached.heard.slice(before).find(({ sid, heard: { state, vote } }) => {
          return state === 'LEADING' && vote.leader === sid && ensemble.server(sid - 1) !== leader;
        }),
      'a new leader',
    );
    const electedMs = performance.now() - killedMs;
    const seen = attached.heard.slice(before).map(({ heard }) => heard.state);
    expect(seen).toContain('LOOKING');
    await attached.following(2);
    await load;
    await randomLoad(others, 4);
    expect(attached.states.filter(({ kind }) => kind === 'synchronising')).toMatchObject([
      { mode: 'SNAP' },
      { mode: 'DIFF', leader: next.sid },
    ]);
    expect(attached.installed.length).toBe(1);
    expect(await expectSameTree(attached, others)).toBeGreaterThan(0);
    expect(attached.isWhole).toBe(true);
    leader.start();
    await ensemble.waitUntilServing();

    // The same again with nobody attached: the listener and the observer have held up nothing.
    await attached.close();
    const second = await ensemble.killLeader();
    const alone = performance.now();
    await ensemble.waitForLeader();
    const aloneMs = performance.now() - alone;
    second.start();
    await ensemble.waitUntilServing();
    expect(electedMs).toBeLessThan(aloneMs + 2_000);
    for (const server of ensemble.servers) {
      expect(server.stdout.lines.filter((line) => / ERROR /.test(line))).toEqual([]);
    }
  });

  test('it helps nobody to a quorum: with one voter of three left there is no leader', async () => {
    attached = new Attached(membersOf(ensemble));
    await attached.following();
    // Whoever leads next may itself have come by a snapshot, and have no log but of what came behind it.
    await attached.reached((await write(ensemble.server(0).clientPort, '/before')).zxid);
    const leader = await ensemble.waitForLeader();
    const [last, other] = ensemble.servers.filter((server) => server !== leader);
    await other?.crash();
    await leader.crash();
    const sid = ensemble.servers.indexOf(last ?? leader) + 1;
    // Forty answers are some elections' worth.
    const looking = (): number => attached.heard.slice(from).filter((one) => one.sid === sid).length;
    await attached.until(
      () => (attached.heard.at(-1)?.sid === sid && attached.heard.at(-1)?.heard.state === 'LOOKING' ? true : undefined),
      'the last server looking',
    );
    const from = attached.heard.length;
    await attached.until(() => (looking() >= 40 ? true : undefined), 'forty answers');
    expect(new Set(attached.heard.slice(from).map(({ heard }) => heard.state))).toEqual(new Set(['LOOKING']));
    expect(attached.states.at(-1)?.kind).toBe('looking');
    other?.start();
    await attached.following(2);
    expect(attached.installed.length).toBe(1);
    const { zxid } = await write((await ensemble.waitForLeader()).clientPort, '/after');
    await attached.reached(zxid);
    expect(attached.isWhole).toBe(true);
  });

  test('a reconfiguration is a transaction as any other', async () => {
    const gone = ensemble.servers.findIndex((server) => !server.running) + 1;
    const connection = await RawConnection.openSession((await ensemble.waitForLeader()).clientPort);
    await connection.request(type.auth, new Bytes().int(0).field('digest').field(SUPERUSER).buffer);
    const leaving = new Bytes().field(null).field(`${gone}`).field(null).long(-1n).buffer;
    const reply = await connection.request(RECONFIG, leaving);
    connection.destroy();
    expect(reply?.error).toBe(0);
    const { tree } = await attached.reached(reply?.zxid ?? 0n);
    const text = new TextDecoder().decode(tree.get('/zookeeper/config')?.data ?? undefined);
    expect(text).toMatch(/^server\.\d+=.*version=[1-9a-f]/s);
    expect(text).not.toContain(`server.${gone}=`);
    expect(attached.isWhole).toBe(true);
    expect(attached.states.at(-1)?.kind).toBe('following');
  });
});
