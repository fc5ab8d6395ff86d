/**
 * Operations, ACLs, kinds of znodes and quotas, frame by frame: each test is held against Apache's server too, where that does
 * no harm. What is only ours stands in a test of its own, with the reason.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, requestFrame } from '../harness/raw-connection.ts';
import { type Flavour, quietJvmArguments } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { digestId, SUPERUSER, type } from './differential/request-generator.ts';
import { Asker, createRecord, type Entry, OPEN, readStat, readText } from './operations/asker.ts';

const err = {
  runtimeInconsistency: -2,
  marshalling: -5,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  invalidAcl: -114,
  authFailed: -115,
  quotaExceeded: -125,
} as const;
const SASL = 102;
const CHECK_INTERVAL_MS = 100;
const ANN = digestId('ann:one');
const MAX_TTL = 0xffffffffffn;

let servers: Readonly<Record<Flavour, TestEnsemble>>;

beforeAll(async () => {
  const extra = {
    extendedTypesEnabled: true,
    enforceQuota: true,
    'znode.container.checkIntervalMs': CHECK_INTERVAL_MS,
    'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
    '4lw.commands.whitelist': '*',
  };
  // Apache reads the interval as a system property without a prefix, so that a key of zoo.cfg does not reach it.
  const jvmArguments = [`-Dznode.container.checkIntervalMs=${CHECK_INTERVAL_MS}`, ...quietJvmArguments];
  const [vivarium, apache] = await Promise.all([
    TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra }),
    TestEnsemble.start({ servers: 1, flavours: 'apache', extra, jvmArguments }),
  ]);
  servers = { vivarium, apache };
}, 60_000);

afterAll(async () => {
  await Promise.all([servers?.vivarium.stop(), servers?.apache.stop()]);
});

/** Closes what a test has opened. */
const opened: Asker[] = [];

async function open(flavour: Flavour, credentials?: string): Promise<Asker> {
  const asker = await Asker.open(servers[flavour].server(0).clientPort, credentials);
  opened.push(asker);
  return asker;
}

function deleteRecord(path: string, version = -1): Buffer {
  return new Bytes().field(path).int(version).buffer;
}

function setDataRecord(path: string, data: string, version = -1): Buffer {
  return new Bytes().field(path).field(data).int(version).buffer;
}

function ttlRecord(path: string, ttl: bigint, flags = 5): Buffer {
  return new Bytes().raw(createRecord(path, { flags })).long(ttl).buffer;
}

function closeAll(): void {
  for (const asker of opened.splice(0)) asker.connection.destroy();
}

describe.each<Flavour>(['vivarium', 'apache'])('%s', (flavour) => {
  afterAll(closeAll);

  test('pitfall 1: of a failed multi the header says OK, and each result an error: 0, its own, -2', async () => {
    const asker = await open(flavour);
    const { error, results } = await asker.multiErrors([
      [type.create, createRecord('/p1')],
      [type.check, deleteRecord('/p1', 0)],
      [type.delete, deleteRecord('/nowhere')],
      [type.create, createRecord('/p1')],
      [type.setData, setDataRecord('/', 'x')],
    ]);
    expect(error).toBe(0);
    const { noNode, runtimeInconsistency } = err;
    expect(results).toEqual([0, 0, noNode, runtimeInconsistency, runtimeInconsistency].map((code) => [code, code]));
    expect((await asker.stat('/p1')).error).toBe(noNode);
  });

  test('pitfall 2: a sequence counts creates, deleted ones too, and a failed multi gives its number back', async () => {
    const asker = await open(flavour);
    await asker.create('/p2');
    const sequential = async (): Promise<string> => readText((await asker.create('/p2/n-', { flags: 2 })).fields);
    expect(await sequential()).toBe('/p2/n-0000000000');
    await asker.create('/p2/plain');
    await asker.delete('/p2/plain');
    expect(await sequential()).toBe('/p2/n-0000000002');
    const failing = await asker.multiErrors([
      [type.create, createRecord('/p2/n-', { flags: 2 })],
      [type.delete, deleteRecord('/nowhere')],
    ]);
    expect(failing.results[1]?.[0]).toBe(err.noNode);
    expect(await sequential()).toBe('/p2/n-0000000003');
    expect(readText((await asker.create('/p2/', { flags: 2 })).fields)).toBe('/p2/0000000004');
  });

  test('pitfall 3: cversion counts what came and went, numChildren what is there', async () => {
    const asker = await open(flavour);
    await asker.create('/p3');
    const seen = async (): Promise<number[]> => {
      const { stat } = await asker.stat('/p3');
      return [stat?.cversion ?? -1, stat?.numChildren ?? -1];
    };
    expect(await seen()).toEqual([0, 0]);
    await asker.create('/p3/a');
    await asker.create('/p3/b');
    expect(await seen()).toEqual([2, 2]);
    const { zxid } = await asker.delete('/p3/a');
    expect(await seen()).toEqual([3, 1]);
    expect((await asker.stat('/p3')).stat).toMatchObject({ pzxid: zxid, version: 0 });
    // Made without a transaction that would have counted it: the three nodes below stand against a counter of 0.
    const proc = (await asker.stat('/zookeeper')).stat;
    expect(proc).toMatchObject({ cversion: -2, numChildren: 2, czxid: 0n });
  });

  test('pitfall 4: a write that fails takes a zxid as well', async () => {
    const asker = await open(flavour);
    const first = (await asker.create('/p4')).zxid;
    const refused = [
      await asker.create('/p4'),
      await asker.delete('/nowhere'),
      await asker.setData('/p4', 'x', 7),
      await asker.create('relative'),
      await asker.ask(type.create, Buffer.alloc(2)),
    ];
    const { nodeExists, noNode, badVersion, badArguments, marshalling } = err;
    expect(refused.map(({ error }) => error)).toEqual([nodeExists, noNode, badVersion, badArguments, marshalling]);
    expect(refused.map(({ zxid }) => zxid - first)).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect((await asker.setData('/p4', 'x')).zxid - first).toBe(6n);
  });

  test('pitfall 11: without ADMIN getACL shows no hash of a password', async () => {
    const ann = await open(flavour, 'ann:one');
    const other = await open(flavour);
    const acl: Entry[] = [
      [31, 'digest', ANN],
      [1, 'world', 'anyone'],
    ];
    expect((await ann.create('/p11', { acl })).error).toBe(0);
    expect((await ann.acl('/p11')).acl).toEqual(['1 world:anyone', `31 digest:${ANN}`]);
    expect((await other.acl('/p11')).acl).toEqual(['1 world:anyone', '31 digest:ann:x']);
  });

  test('pitfall 12: a delete asks the parent only; auth is all that was proved; duplicates go', async () => {
    const ann = await open(flavour, 'ann:one');
    await ann.addAuth('digest', 'bob:two');
    const other = await open(flavour);
    const own: Entry[] = [[31, 'auth', 'whoever']];
    await ann.create('/p12');
    await ann.create('/p12/closed', { acl: own });
    expect((await ann.acl('/p12/closed')).acl).toEqual([`31 digest:${ANN}`, `31 digest:${digestId('bob:two')}`]);
    expect((await other.read(type.getData, '/p12/closed')).error).toBe(err.noAuth);
    expect((await other.delete('/p12/closed')).error).toBe(0);
    // The other way round: what stands below a closed node stays, whoever may do everything with it.
    await ann.create('/p12/closed', { acl: own });
    await ann.create('/p12/closed/open');
    expect((await other.delete('/p12/closed/open')).error).toBe(err.noAuth);
    await ann.create('/p12/twice', { acl: [...OPEN, [1, 'world', 'anyone'], ...OPEN] });
    expect((await ann.acl('/p12/twice')).acl).toEqual(['1 world:anyone', '31 world:anyone']);
    expect((await other.create('/p12/nobody', { acl: own })).error).toBe(err.invalidAcl);
  });

  test('pitfall 17: a container goes when its last child has gone, and waits for its first', async () => {
    const asker = await open(flavour);
    const { error, fields } = await asker.ask(type.createContainer, createRecord('/p17', { flags: 4 }));
    expect([error, readText(fields), readStat(fields).ephemeralOwner]).toEqual([0, '/p17', 0n]);
    await asker.ask(type.createContainer, createRecord('/p17-unused', { flags: 4 }));
    await asker.create('/p17/child');
    await asker.ask(type.createContainer, createRecord('/p17-other', { flags: 4 }));
    await asker.create('/p17-other/child');
    await asker.delete('/p17-other/child');
    await gone(asker, '/p17-other');
    expect((await asker.stat('/p17')).error).toBe(0);
    await asker.delete('/p17/child');
    await gone(asker, '/p17');
    expect((await asker.stat('/p17-unused')).error).toBe(0);
  });

  test('pitfall 18: a znode with a time to live shows no owner, and goes when it was not changed for so long', async () => {
    const asker = await open(flavour);
    const { error, fields } = await asker.ask(type.createTTL, ttlRecord('/p18', 50n));
    expect([error, readText(fields), readStat(fields).ephemeralOwner]).toEqual([0, '/p18', 0n]);
    await asker.ask(type.createTTL, ttlRecord('/p18-parent', 50n));
    await asker.create('/p18-parent/child');
    await asker.ask(type.createTTL, ttlRecord('/p18-long', MAX_TTL));
    const sequential = await asker.ask(type.createTTL, ttlRecord('/p18-', MAX_TTL, 6));
    expect(readText(sequential.fields)).toMatch(/^\/p18-\d{10}$/);
    await gone(asker, '/p18');
    expect((await asker.stat('/p18-parent')).error).toBe(0);
    expect((await asker.stat('/p18-long')).error).toBe(0);
    await asker.delete('/p18-parent/child');
    await gone(asker, '/p18-parent');
  });

  async function gone(asker: Asker, path: string): Promise<void> {
    await pollUntil(async () => ((await asker.stat(path)).error === err.noNode ? true : undefined), {
      deadlineMs: 10_000,
      describe: () => `the end of ${path}`,
    });
  }

  test('a time to live that is none, or too long: bad arguments', async () => {
    const asker = await open(flavour);
    for (const ttl of [0n, -1n, MAX_TTL + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect((await asker.ask(type.createTTL, ttlRecord('/ttl', ttl))).error).toBe(err.badArguments);
    }
    expect((await asker.ask(type.createTTL, ttlRecord('/ttl', 1000n, 0))).error).toBe(err.badArguments);
    expect((await asker.create('/ttl', { flags: 5 })).error).toBe(err.badArguments);
  });

  test('an ephemeral has no children', async () => {
    const asker = await open(flavour);
    await asker.create('/ephemeral', { flags: 1 });
    expect((await asker.create('/ephemeral/child')).error).toBe(err.noChildrenForEphemerals);
  });

  test('security 6: an operation that nobody knows is answered unimplemented with zxid -1, and the connection closed', async () => {
    const asker = await open(flavour);
    expect(await asker.ask(1234)).toMatchObject({ error: err.unimplemented, zxid: -1n });
    expect(await asker.connection.nextFrame()).toBeUndefined();
  });

  test('security 14: getACL needs READ or ADMIN', async () => {
    const ann = await open(flavour, 'ann:one');
    const other = await open(flavour);
    for (const [name, perms, expected] of [
      ['write', 2, err.noAuth],
      ['read', 1, 0],
      ['admin', 16, 0],
      ['none', 0, err.noAuth],
    ] as const) {
      const acl: Entry[] = [
        [31, 'digest', ANN],
        [perms, 'world', 'anyone'],
      ];
      await ann.create(`/s14-${name}`, { acl });
      const shown = await other.acl(`/s14-${name}`);
      expect([name, shown.error]).toEqual([name, expected]);
      if (expected === 0) expect(shown.acl.some((entry) => entry.includes(ANN))).toBe(name === 'admin');
    }
  });

  test('security 16: a multi with one operation that is forbidden changes nothing', async () => {
    const ann = await open(flavour, 'ann:one');
    const other = await open(flavour);
    await ann.create('/s16');
    await ann.create('/s16/closed', { data: 'before', acl: [[31, 'digest', ANN]] });
    const { results } = await other.multiErrors([
      [type.create, createRecord('/s16/new')],
      [type.setData, setDataRecord('/s16', 'after')],
      [type.setData, setDataRecord('/s16/closed', 'after')],
      [type.create, createRecord('/s16/later')],
    ]);
    expect(results.map(([code]) => code)).toEqual([0, 0, err.noAuth, err.runtimeInconsistency]);
    expect((await ann.stat('/s16')).stat).toMatchObject({ version: 0, cversion: 1, numChildren: 1 });
    expect(await ann.data('/s16/closed')).toBe('before');
  });

  test('security 17: a path that is none makes nothing, and none is found by it', async () => {
    const asker = await open(flavour);
    await asker.create('/s17');
    const paths = [
      '',
      'relative',
      '/s17/',
      '/s17/.',
      '/s17/..',
      '/s17/\u0001',
      '/s17/\u007f',
      '/s17/\ud800',
      '/s17/\uf8ff',
    ];
    for (const path of paths) {
      expect([path, (await asker.create(path)).error]).toEqual([path, err.badArguments]);
      expect([path, (await asker.setData(path, 'x')).error]).toEqual([path, err.badArguments]);
      expect([path, (await asker.setAcl(path, OPEN)).error]).toEqual([path, err.badArguments]);
    }
    for (const path of ['/s17\0', '/s17/\0/b']) {
      expect([path, (await asker.create(path)).error]).toEqual([path, err.badArguments]);
      expect([path, (await asker.delete(path)).error]).toEqual([path, err.badArguments]);
      expect([path, (await asker.stat(path)).error]).toEqual([path, err.badArguments]);
    }
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
      expect([path, (await asker.delete(path)).error]).toEqual([path, err.badArguments]);
    }
    for (const path of ['/s17/', '/s17/../s17', 'relative', '//']) {
      expect([path, (await asker.read(type.getData, path)).error]).toEqual([path, err.noNode]);
    }
    expect((await asker.stat('')).stat).toEqual((await asker.stat('/')).stat);
    expect((await asker.create('/')).error).toBe(err.nodeExists);
    expect((await asker.stat('/s17')).stat?.numChildren).toBe(0);
  });

  async function limit(asker: Asker, name: string, limits: string): Promise<void> {
    await asker.create(`/zookeeper/quota/${name}`);
    expect((await asker.create(`/zookeeper/quota/${name}/zookeeper_limits`, { data: limits })).error).toBe(0);
    const stats = { data: 'count=-1,bytes=-1' };
    expect((await asker.create(`/zookeeper/quota/${name}/zookeeper_stats`, stats)).error).toBe(0);
  }

  test('security 18: what goes beyond a hard quota is refused', async () => {
    const asker = await open(flavour);
    await asker.create('/s18', { data: '12' });
    await limit(asker, 's18', 'count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3');
    const stats = (): Promise<string | null> => asker.data('/zookeeper/quota/s18/zookeeper_stats');
    expect(await stats()).toBe('count=1,bytes=2');
    expect((await asker.create('/s18/a', { data: '345' })).error).toBe(0);
    expect((await asker.create('/s18/b', { data: '678901' })).error).toBe(err.quotaExceeded);
    expect((await asker.setData('/s18/a', '345678901')).error).toBe(err.quotaExceeded);
    expect((await asker.setData('/s18/a', '34567890')).error).toBe(0);
    expect((await asker.create('/s18/b')).error).toBe(0);
    expect((await asker.create('/s18/c')).error).toBe(err.quotaExceeded);
    expect((await asker.ask(type.createContainer, createRecord('/s18/c', { flags: 4 }))).error).toBe(err.quotaExceeded);
    const { results } = await asker.multiErrors([[type.create, createRecord('/s18/c')]]);
    expect(results).toEqual([[err.quotaExceeded, err.quotaExceeded]]);
    expect(await stats()).toBe('count=3,bytes=10');
    await asker.delete('/s18/b');
    expect(await stats()).toBe('count=2,bytes=10');
    expect((await asker.create('/s18/c')).error).toBe(0);
    await asker.delete('/zookeeper/quota/s18/zookeeper_limits');
    expect((await asker.create('/s18/d')).error).toBe(0);
    expect(await stats()).toBe('count=3,bytes=10');
  });

  test('a soft quota is counted and refuses nothing; counting shows in no Stat', async () => {
    const asker = await open(flavour);
    await asker.create('/soft');
    await limit(asker, 'soft', 'count=1,bytes=1');
    const before = (await asker.stat('/zookeeper/quota/soft/zookeeper_stats')).stat;
    const session = await open(flavour);
    await session.create('/soft/ephemeral', { flags: 1, data: '12345' });
    expect(await asker.data('/zookeeper/quota/soft/zookeeper_stats')).toBe('count=2,bytes=5');
    await session.ask(type.closeSession);
    expect(await asker.data('/zookeeper/quota/soft/zookeeper_stats')).toBe('count=1,bytes=0');
    const after = (await asker.stat('/zookeeper/quota/soft/zookeeper_stats')).stat;
    expect({ ...after, dataLength: 0 }).toEqual({ ...before, dataLength: 0 });
  });

  test('whoAmI tells the names of who was proved, and no hash', async () => {
    const asker = await open(flavour, SUPERUSER);
    await asker.addAuth('digest', 'ann:one');
    await asker.addAuth('ip', '');
    const { fields } = await asker.ask(type.whoAmI);
    const users = fields.vector(() => `${readText(fields)} ${readText(fields)}`);
    expect(users.sort()).toEqual(['digest ann', 'digest super', 'ip 127.0.0.1', 'super ']);
  });

  test("getEphemerals tells the session's own, by the beginning of their paths", async () => {
    const asker = await open(flavour);
    const other = await open(flavour);
    for (const name of ['/ge', '/ge/a', '/ge/ab', '/ge/b']) await asker.create(name, { flags: name === '/ge' ? 0 : 1 });
    await other.create('/ge/c', { flags: 1 });
    const below = async (prefix: string | null): Promise<string[]> => {
      const { fields } = await asker.ask(type.getEphemerals, new Bytes().field(prefix).buffer);
      return fields.vector(() => readText(fields)).sort();
    };
    const all = ['/ge/a', '/ge/ab', '/ge/b'];
    for (const prefix of [null, '', '/', '  ', ' / ']) expect(await below(prefix)).toEqual(all);
    expect(await below('/ge/a')).toEqual(['/ge/a', '/ge/ab']);
    expect(await below('/ge')).toEqual(all);
    expect(await below('ge')).toEqual([]);
  });

  test('getAllChildrenNumber counts all that is below, and needs READ', async () => {
    const ann = await open(flavour, 'ann:one');
    const number = async (path: string): Promise<number> => {
      const { error, fields } = await ann.ask(type.getAllChildrenNumber, new Bytes().field(path).buffer);
      return error === 0 ? fields.int() : error;
    };
    const before = await number('/');
    for (const path of ['/gn', '/gn/a', '/gn/a/b', '/gnu']) await ann.create(path);
    expect(await number('/gn')).toBe(2);
    expect(await number('/gn/a/b')).toBe(0);
    expect(await number('/')).toBe(before + 4);
    expect(await number('/zookeeper')).toBeGreaterThanOrEqual(2);
    expect(await number('/gn/')).toBe(err.noNode);
    await ann.create('/gn/closed', { acl: [[30, 'world', 'anyone']] });
    expect(await number('/gn/closed')).toBe(err.noAuth);
  });

  test('multiRead answers each read for itself, and sets no watch', async () => {
    const asker = await open(flavour);
    await asker.create('/mr', { data: 'some' });
    await asker.create('/mr/child', { acl: [[30, 'world', 'anyone']] });
    const read = (path: string): Buffer => new Bytes().field(path).byte(1).buffer;
    const { error, fields } = await asker.multi(
      [
        [type.getData, read('/mr')],
        [type.getChildren, read('/mr')],
        [type.getData, read('/nowhere')],
        [type.getData, read('/mr/child')],
        [type.getChildren, read('/mr/child')],
      ],
      type.multiRead,
    );
    expect(error).toBe(0);
    expect([fields.int(), fields.byte(), fields.int(), readText(fields)]).toEqual([type.getData, 0, 0, 'some']);
    expect(readStat(fields)).toMatchObject({ numChildren: 1 });
    expect([fields.int(), fields.byte(), fields.int()]).toEqual([type.getChildren, 0, 0]);
    expect(fields.vector(() => readText(fields))).toEqual(['child']);
    for (const code of [err.noNode, err.noAuth, err.noAuth]) {
      expect([fields.int(), fields.byte(), fields.int(), fields.int()]).toEqual([-1, 0, code, code]);
    }
    expect([fields.int(), fields.byte(), fields.int(), fields.remaining]).toEqual([-1, 1, -1, 0]);
    // An event would come before this reply.
    expect((await asker.setData('/mr', 'other')).error).toBe(0);
  });

  test('a multiRead takes no write and no other read, a multi no read, and neither takes what nobody knows', async () => {
    const asker = await open(flavour);
    const read = new Bytes().field('/').byte(0).buffer;
    for (const [code, ...parts] of [
      [type.multiRead, [type.delete, deleteRecord('/nowhere')]],
      [type.multiRead, [type.getData, read], [type.delete, deleteRecord('/nowhere')]],
      [type.multiRead, [type.exists, read]],
      [type.multi, [type.delete, deleteRecord('/nowhere')], [type.getData, read]],
      [type.multi, [type.getData, read]],
      [type.multi, [99, read]],
    ] as const) {
      expect((await asker.multi(parts, code)).error).toBe(err.marshalling);
    }
    const empty = await asker.multi([]);
    expect([empty.error, empty.fields.int(), empty.fields.byte(), empty.fields.int()]).toEqual([0, -1, 1, -1]);
    const emptyRead = await asker.multi([], type.multiRead);
    expect([emptyRead.error, emptyRead.fields.int()]).toEqual([0, -1]);
    // The empty multi took a zxid, and so did the three that could not be decoded.
    expect((await asker.multi([])).zxid - empty.zxid).toBe(1n);
  });

  test('a multi makes containers and znodes with a time to live', async () => {
    const asker = await open(flavour);
    const { error, fields } = await asker.multi([
      [type.createContainer, createRecord('/mo', { flags: 4 })],
      [type.createTTL, ttlRecord('/mo/ttl', MAX_TTL)],
      [type.createTTL, ttlRecord('/mo/n-', MAX_TTL, 6)],
      [type.check, deleteRecord('/mo/ttl', 0)],
      [type.setData, setDataRecord('/mo', 'x')],
    ]);
    expect(error).toBe(0);
    for (const path of ['/mo', '/mo/ttl', '/mo/n-0000000001']) {
      expect([fields.int(), fields.byte(), fields.int(), readText(fields)]).toEqual([type.create2, 0, 0, path]);
      expect(readStat(fields).ephemeralOwner).toBe(0n);
    }
    expect([fields.int(), fields.byte(), fields.int()]).toEqual([type.check, 0, 0]);
    expect([fields.int(), fields.byte(), fields.int(), readStat(fields).version]).toEqual([type.setData, 0, 0, 1]);
    const bad = await asker.multiErrors([[type.createTTL, ttlRecord('/mo/none', 0n)]]);
    expect(bad.results).toEqual([[err.badArguments, err.badArguments]]);
    for (const name of ['ttl', 'n-0000000001']) await asker.delete(`/mo/${name}`);
    await gone(asker, '/mo');
  });

  test('the scheme ip: an address, or a network by the number of its bits', async () => {
    const ann = await open(flavour, 'ann:one');
    const rest: Entry = [31, 'digest', ANN];
    const other = await open(flavour);
    for (const [index, [network, expected]] of (
      [
        ['127.0.0.1', 0],
        ['127.0.0.1/32', 0],
        ['127.255.0.0/8', 0],
        ['0.0.0.0/0', 0],
        ['127.0.0.2', err.noAuth],
        ['126.0.0.0/8', err.noAuth],
      ] as const
    ).entries()) {
      await ann.create(`/ip${index}`, { acl: [rest, [1, 'ip', network]] });
      expect([network, (await other.read(type.getData, `/ip${index}`)).error]).toEqual([network, expected]);
    }
    for (const network of ['127.0.0', '127.0.0.1/33', 'localhost', '']) {
      expect([network, (await ann.create('/ip', { acl: [[31, 'ip', network]] })).error]).toEqual([
        network,
        err.invalidAcl,
      ]);
    }
  });

  test('an ACL that names nobody is invalid; so is none', async () => {
    const asker = await open(flavour, 'ann:one');
    for (const [scheme, id] of [
      ['world', 'everyone'],
      ['nobody', 'x'],
      ['sasl', 'ann@EXAMPLE.ORG'],
      ['super', ''],
      ['digest', 'ann'],
      ['x509', 'ann'],
    ] as const) {
      const acl: Entry[] = [...OPEN, [31, scheme, id]];
      expect([scheme, (await asker.create('/acl', { acl })).error]).toEqual([scheme, err.invalidAcl]);
      expect([scheme, (await asker.setAcl('/zookeeper', acl)).error]).toEqual([scheme, err.invalidAcl]);
    }
    expect((await asker.create('/acl', { acl: [] })).error).toBe(err.invalidAcl);
    expect((await asker.create('/acl', { acl: null })).error).toBe(err.invalidAcl);
  });

  test('setACL needs ADMIN and changes aversion alone', async () => {
    const ann = await open(flavour, 'ann:one');
    const other = await open(flavour);
    await ann.create('/sa', {
      acl: [
        [31, 'digest', ANN],
        [15, 'world', 'anyone'],
      ],
    });
    const before = (await other.stat('/sa')).stat;
    expect((await other.setAcl('/sa', OPEN)).error).toBe(err.noAuth);
    expect((await ann.setAcl('/sa', OPEN)).error).toBe(0);
    expect((await other.stat('/sa')).stat).toEqual({ ...before, aversion: 1 });
  });

  test('the superuser may do everything', async () => {
    const ann = await open(flavour, 'ann:one');
    await ann.create('/su', { acl: [[0, 'world', 'anyone']] });
    expect((await ann.read(type.getData, '/su')).error).toBe(err.noAuth);
    const superuser = await open(flavour, SUPERUSER);
    expect((await superuser.read(type.getData, '/su')).error).toBe(0);
    expect((await superuser.create('/su/child')).error).toBe(0);
    expect((await superuser.acl('/su')).acl).toEqual(['0 world:anyone']);
  });

  test.each(['world', 'auth', 'nobody', 'x509', 'sasl', ''])(
    'auth by the scheme %j: failed, then closed',
    async (scheme) => {
      const asker = await open(flavour);
      expect(await asker.addAuth(scheme, 'x')).toMatchObject({ error: err.authFailed, zxid: 0n });
      expect(await asker.connection.nextFrame()).toBeUndefined();
    },
  );

  test('data of as much as a frame holds comes back, and one byte more closes the connection', async () => {
    const asker = await open(flavour);
    const most = 1_048_575 - createRecord('/big').length - 8;
    const data = 'x'.repeat(most);
    expect((await asker.create('/big', { data })).error).toBe(0);
    expect((await asker.data('/big'))?.length).toBe(most);
    expect(await asker.tryAsk(type.create, createRecord('/bi2', { data: `${data}x` }))).toBeUndefined();
    expect((await (await open(flavour)).stat('/bi2')).error).toBe(err.noNode);
  });

  test('null data is not empty data', async () => {
    const asker = await open(flavour);
    await asker.create('/null', { data: null });
    await asker.create('/empty', { data: '' });
    expect([await asker.data('/null'), await asker.data('/empty')]).toEqual([null, '']);
  });

  test('sync echoes its path, whatever it is', async () => {
    const asker = await open(flavour);
    for (const path of ['/', '/nowhere', 'relative', '/a\0b']) {
      const { error, fields } = await asker.ask(type.sync, new Bytes().field(path).buffer);
      expect([error, readText(fields)]).toEqual([0, path]);
    }
  });
});

describe('only ours', () => {
  afterAll(closeAll);

  test('SASL is refused with an error, then closed: Apache without SASL answers OK and no token, as if it went on', async () => {
    const record = new Bytes().field('').buffer;
    const ours = await open('vivarium');
    const refusal = await ours.ask(SASL, record);
    // By the token, which is null, Java's client sees it, and kazoo by the error.
    expect([refusal.error, refusal.zxid, refusal.fields.field()]).toEqual([err.authFailed, 0n, null]);
    expect(await ours.connection.nextFrame()).toBeUndefined();
    const apache = await (await open('apache')).ask(SASL, record);
    expect([apache.error, apache.fields.field()]).toEqual([0, null]);
  });

  test('a network of IPv6 is one, as since 3.9.4', async () => {
    const ours = await open('vivarium');
    expect((await ours.create('/ip6', { acl: [...OPEN, [31, 'ip', '2001:db8::/32']] })).error).toBe(0);
    expect((await ours.create('/ip6', { acl: [[31, 'ip', '2001:db8::/129']] })).error).toBe(err.invalidAcl);
  });

  test('an x509 id is valid if it is a name; Apache wants the scheme configured first', async () => {
    const ours = await open('vivarium');
    const acl: Entry[] = [[31, 'x509', 'CN=ann,O=Example']];
    expect((await ours.create('/x509', { acl })).error).toBe(0);
    expect((await ours.read(type.getData, '/x509')).error).toBe(err.noAuth);
    expect((await (await open('apache')).create('/x509', { acl })).error).toBe(err.invalidAcl);
  });

  test('security 18: neither a multi nor requests sent at once get around a hard quota, as with Apache they may', async () => {
    const asker = await open('vivarium');
    await asker.create('/around');
    await asker.create('/zookeeper/quota/around');
    await asker.create('/zookeeper/quota/around/zookeeper_limits', { data: 'countHardLimit=3' });
    await asker.create('/zookeeper/quota/around/zookeeper_stats', { data: '' });
    const { results } = await asker.multiErrors(
      ['a', 'b', 'c'].map((name) => [type.create, createRecord(`/around/${name}`)] as const),
    );
    expect(results.map(([code]) => code)).toEqual([0, 0, err.quotaExceeded]);
    const replies = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => asker.connection.request(type.create, createRecord(`/around/${name}`))),
    );
    expect(replies.map((reply) => reply?.error)).toEqual([0, 0, err.quotaExceeded, err.quotaExceeded]);
    expect(await asker.data('/zookeeper/quota/around/zookeeper_stats')).toBe('count=3,bytes=0');
  });

  test('a quota that is exceeded is worth one line of the log, and not one for each write', async () => {
    const asker = await open('vivarium');
    await asker.create('/loud');
    await asker.create('/zookeeper/quota/loud');
    await asker.create('/zookeeper/quota/loud/zookeeper_limits', { data: 'count=1' });
    await asker.create('/zookeeper/quota/loud/zookeeper_stats', { data: '' });
    for (let i = 0; i < 20; i++) expect((await asker.create('/loud/n-', { flags: 2 })).error).toBe(0);
    const { stdout, stderr } = servers.vivarium.server(0);
    const lines = [...stdout.lines, ...stderr.lines].filter((line) => line.includes('/loud'));
    expect(lines).toHaveLength(1);
  });
});

describe('requests that harm Apache', () => {
  afterAll(closeAll);

  const container = (path: string): Buffer => createRecord(path, { flags: 4 });
  const harmful: readonly { name: string; code: number; record: Buffer; error: number; closes: boolean }[] = [
    {
      name: 'a check outside a multi',
      code: type.check,
      record: deleteRecord('/'),
      error: err.unimplemented,
      closes: true,
    },
    {
      name: 'a deleteContainer from a client',
      code: 20,
      record: Buffer.from('/kept'),
      error: err.unimplemented,
      closes: true,
    },
    {
      name: 'a createSession from a client',
      code: -10,
      record: Buffer.alloc(4, 1),
      error: err.unimplemented,
      closes: true,
    },
    {
      name: 'a createTTL of a plain znode with ttl -1',
      code: type.createTTL,
      record: ttlRecord('/x', -1n, 0),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'a createTTL of a container with ttl -1',
      code: type.createTTL,
      record: ttlRecord('/x', -1n, 4),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'a createContainer with the flags of an ephemeral',
      code: type.createContainer,
      record: createRecord('/x', { flags: 1 }),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'limits of no subtree',
      code: type.create,
      record: createRecord('/zookeeper/quota/zookeeper_limits', { data: 'count=1' }),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'stats of no subtree',
      code: type.create,
      record: createRecord('/zookeeper/quota/zookeeper_stats', { data: 'count=1' }),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'limits that are no text of a quota',
      code: type.create,
      record: createRecord('/zookeeper/quota/kept/zookeeper_limits', { data: 'count' }),
      error: err.badArguments,
      closes: false,
    },
    {
      name: 'limits without data',
      code: type.create,
      record: createRecord('/zookeeper/quota/kept/zookeeper_limits', { data: null }),
      error: err.badArguments,
      closes: false,
    },
  ];

  test('are refused; the server lives, starts again and has the tree that it had', async () => {
    const server = servers.vivarium.server(0);
    const asker = await open('vivarium');
    await asker.ask(type.createContainer, container('/kept'));
    await asker.create('/zookeeper/quota/kept');
    const answers: Record<string, unknown> = {};
    for (const { name, code, record, closes } of harmful) {
      const client = await Asker.open(server.clientPort);
      const { error } = await client.ask(code, record);
      if (closes) await client.connection.closed;
      answers[name] = { error, closes, kept: (await asker.stat('/kept')).error };
      client.connection.destroy();
    }
    expect(answers).toEqual(
      Object.fromEntries(harmful.map(({ name, error, closes }) => [name, { error, closes, kept: 0 }])),
    );
    const before = await everything(server.clientPort);
    await server.crash();
    server.start();
    await server.waitUntilServing();
    expect(await everything(server.clientPort)).toEqual(before);
    expect(await fourLetterWord(server.clientPort, 'mntr')).toMatch(/zk_digest_mismatches_count\t0\n/);
  });

  const limitsOfNone = createRecord('/zookeeper/quota/zookeeper_limits', { data: 'count=1' });
  test.each([
    { name: 'a createTTL of a plain znode with ttl -1', code: type.createTTL, record: ttlRecord('/harm', -1n, 0) },
    { name: 'a check outside a multi', code: type.check, record: deleteRecord('/before', 0) },
    { name: 'limits of no subtree', code: type.create, record: limitsOfNone },
  ])('leave a log that ours reads: $name', async ({ code, record }) => {
    const extra = { extendedTypesEnabled: true, '4lw.commands.whitelist': '*' };
    const ensemble = await TestEnsemble.start({ servers: 1, flavours: 'apache', extra });
    try {
      const victim = ensemble.server(0);
      const client = await Asker.open(victim.clientPort);
      expect((await client.create('/before')).error).toBe(0);
      client.connection.send(requestFrame(9, code, record));
      // Of a check the server does not die, but no reply comes either; it is in the log before the next transaction.
      if (code === type.check) {
        const other = await Asker.open(victim.clientPort);
        expect((await other.create('/behind')).error).toBe(0);
        await victim.crash();
      }
      await victim.exited;
      victim.start();
      await victim.exited;
      const heir = new TestServer({ ...victim.options, flavour: 'vivarium' });
      try {
        heir.start();
        await heir.waitUntilServing();
        const asker = await Asker.open(heir.clientPort);
        expect((await asker.stat('/before')).stat).toMatchObject({ version: 0 });
        if (code === type.createTTL) expect((await asker.stat('/harm')).stat?.ephemeralOwner).toBe(0n);
        if (code === type.check) expect((await asker.stat('/behind')).error).toBe(0);
        expect((await asker.create('/after')).error).toBe(0);
        asker.connection.destroy();
        expect(await fourLetterWord(heir.clientPort, 'mntr')).toMatch(/zk_digest_mismatches_count\t0\n/);
      } finally {
        await heir.crash();
      }
    } finally {
      await ensemble.stop();
    }
  });

  /** Paths, data and Stats of a whole tree. */
  async function everything(port: number): Promise<string[]> {
    const superuser = await Asker.open(port, SUPERUSER);
    const found: string[] = [];
    const left = ['/'];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const { fields } = await superuser.read(type.getChildren, path);
      const above = path === '/' ? '' : path;
      left.push(...fields.vector(() => `${above}/${readText(fields)}`).sort());
      const { stat } = await superuser.stat(path);
      found.push(`${path} ${(await superuser.data(path))?.length} ${Object.values(stat ?? {}).join(' ')}`);
    }
    superuser.connection.destroy();
    return found;
  }
});
