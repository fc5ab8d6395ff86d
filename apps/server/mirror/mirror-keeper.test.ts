import { Database } from '@vivarium/ensemble/core/database';
import { isSessionOwner } from '@vivarium/ensemble/core/tree/znode';
import { type Acl, OPEN_ACL, Perms } from '@vivarium/shared/acl';
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { parentOf } from '@vivarium/shared/path';
import { Random } from '@vivarium/shared/random';
import { OpCode } from '@vivarium/wire/op-code';
import type { SubTxn, Txn, TxnRecord } from '@vivarium/wire/txn';
import { afterEach, describe, expect, it } from 'vitest';
import type { TransactionBatch } from '../transactions/committed-transaction.ts';
import { MirrorKeeper } from './mirror-keeper.ts';
import type { MirrorFault, MirrorOptions, MirrorQuestions, MirrorReport, MirrorState } from './mirror-messages.ts';

const OPTIONS: MirrorOptions = {
  members: [],
  tls: null,
  root: '',
  maxBytes: 64 * 1024 * 1024,
  maxZnodes: 100_000,
  identities: [],
};
const SECRET: readonly Acl[] = [{ perms: Perms.ALL, id: { scheme: 'digest', id: 'ada:hash' } }];
const ADA = [{ scheme: 'digest', id: 'ada:hash' }];
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A keeper with a tree that transactions are applied to as the observer does. */
class Rig {
  readonly database = new Database();
  readonly keeper: MirrorKeeper;
  readonly batches: TransactionBatch[] = [];
  readonly failures: string[] = [];
  last: MirrorState | null = null;
  left = false;
  private zxid = 0x1_0000_0000n;
  private readonly answers = new Map<number, (report: MirrorReport) => void>();
  private nextId = 0;

  constructor(options: Partial<MirrorOptions> = {}) {
    this.keeper = new MirrorKeeper(
      { ...OPTIONS, ...options },
      {
        report: (report) => this.heard(report),
        tooLarge: () => {
          this.left = true;
        },
        now: () => 1_000_000,
      },
    );
    this.keeper.installed(this.database);
  }

  apply(txn: Txn, sessionId = 7n): bigint {
    this.zxid++;
    const record: TxnRecord = { header: { sessionId, cxid: 1, zxid: this.zxid, timeMs: 5 }, txn, digest: null };
    this.keeper.applying(record, this.database);
    this.database.apply(record);
    this.keeper.applied(this.database);
    return this.zxid;
  }

  create(path: string, data: string | null = null, acl = OPEN_ACL, ephemeral = false): void {
    this.apply(creation(path, data, acl, ephemeral));
  }

  async ask<Kind extends keyof MirrorQuestions>(
    kind: Kind,
    asked: MirrorQuestions[Kind]['asked'],
  ): Promise<MirrorQuestions[Kind]['answered']> {
    const id = this.nextId++;
    const { promise, resolve } = Promise.withResolvers<MirrorReport>();
    this.answers.set(id, resolve);
    this.keeper.ask(id, { kind, asked } as Parameters<MirrorKeeper['ask']>[1]);
    const report = await promise;
    if (report.kind === 'answer') return report.answer as MirrorQuestions[Kind]['answered'];
    throw new Error(report.kind === 'fault' ? report.fault : report.kind);
  }

  search(where: 'name' | 'pattern' | 'content', wanted: string, below = '/', limit = 1_000) {
    return this.ask('search', { text: wanted, in: where, below, limit });
  }

  async paths(where: 'name' | 'pattern' | 'content', wanted: string, below = '/'): Promise<string[]> {
    return (await this.search(where, wanted, below)).hits.map(({ path }) => path).sort();
  }

  /** All transactions that were handed on until now. */
  async transactions(count: number) {
    await expect.poll(() => this.batches.flatMap(({ transactions }) => transactions).length).toBe(count);
    return this.batches.flatMap(({ transactions }) => transactions);
  }

  private heard(report: MirrorReport): void {
    if (report.kind === 'answer' || report.kind === 'fault') {
      this.answers.get(report.id)?.(report);
    } else if (report.kind === 'transactions') {
      this.batches.push(report.batch);
      this.keeper.taken();
    } else if (report.kind === 'state') {
      this.last = report.state;
    } else if (report.kind === 'failed') {
      this.failures.push(report.reason.code);
    }
  }
}

function creation(path: string, data: string | null = null, acl = OPEN_ACL, ephemeral = false): SubTxn {
  return { type: OpCode.create, path, data: data === null ? null : text(data), acl, ephemeral, parentCversion: -1 };
}

const rigs: Rig[] = [];
function rig(options: Partial<MirrorOptions> = {}): Rig {
  const made = new Rig(options);
  rigs.push(made);
  return made;
}
afterEach(() => {
  for (const { keeper } of rigs.splice(0)) keeper.close();
});

describe('a mirrored tree', () => {
  it.each([1, 2, 3])(
    'has the sizes and finds the names and contents of a walk, after random transactions (%i)',
    async (seed) => {
      const random = new Random(seed);
      const subject = rig();
      const { database } = subject;
      const words = ['alpha', 'Beta', 'gamma-lock', '日志', 'x'];
      for (let step = 0; step < 3_000; step++) {
        const paths = [...database.tree.paths()].filter((path) => !path.startsWith('/zookeeper'));
        const path = paths[random.below(paths.length)] ?? '/';
        const node = database.tree.get(path);
        const word = words[random.below(words.length)] ?? '';
        const child = `${path === '/' ? '' : path}/${word}${random.below(40)}`;
        const isEphemeral = node !== undefined && isSessionOwner(node.ephemeralOwner);
        const value = `${word} ${random.below(1000)}`.repeat(random.below(4));
        const session = BigInt(1 + random.below(3));
        switch (random.below(8)) {
          case 0:
          case 1:
          case 2:
            if (!isEphemeral && database.tree.get(child) === undefined && path.length < 60) {
              subject.apply(creation(child, value, OPEN_ACL, random.below(4) === 0), session);
            }
            break;
          case 3:
          case 4:
            subject.apply({ type: OpCode.setData, path, data: text(value), version: 1 });
            break;
          case 5:
            if ((node?.children?.size ?? 0) === 0 && path !== '/') subject.apply({ type: OpCode.delete, path });
            break;
          case 6:
            if (random.below(10) === 0) subject.apply({ type: OpCode.closeSession, paths: null }, session);
            break;
          case 7:
            if (!isEphemeral && database.tree.get(child) === undefined && path.length < 60) {
              const set: SubTxn = { type: OpCode.setData, path: child, data: text('made twice'), version: 1 };
              subject.apply({ type: OpCode.multi, txns: [creation(child, value), set] });
            }
        }
      }
      const all = [...database.tree.paths()];
      expect(all.length).toBeGreaterThan(50);
      for (const wanted of ['LOCK1', 'beta', '日志', 'x']) {
        const named = all.filter((path) =>
          path
            .slice(path.lastIndexOf('/') + 1)
            .toLowerCase()
            .includes(wanted.toLowerCase()),
        );
        expect(await subject.paths('name', wanted)).toEqual(named.sort());
      }
      for (const wanted of ['gamma-lock 1', '志 5', 'made twice']) {
        const holding = all.filter((path) => Buffer.from(database.tree.get(path)?.data ?? []).includes(wanted));
        expect(await subject.paths('content', wanted)).toEqual(holding.sort());
      }
      const root = await subject.ask('subtree', { path: '/', by: 'bytes', depth: 4, limit: 200 });
      const checked = check(root, database);
      expect(checked).toBeGreaterThan(20);
    },
  );
});

/** Compares each entry of a map with a walk; returns how many there were. */
function check(entry: SubtreeJson, database: Database): number {
  const prefix = entry.path === '/' ? '/' : `${entry.path}/`;
  const inside = [...database.tree.paths()].filter((path) => path === entry.path || path.startsWith(prefix));
  const nodes = inside.map((path) => database.tree.get(path));
  expect(entry).toMatchObject({
    znodes: inside.length,
    bytes: nodes.reduce((sum, node) => sum + (node?.data?.length ?? 0), 0),
    ephemerals: nodes.filter((node) => node !== undefined && isSessionOwner(node.ephemeralOwner)).length,
  });
  const children = inside.filter((path) => path !== entry.path && parentOf(path) === entry.path);
  if (entry.children.length > 0) expect(entry.children.length + (entry.rest?.children ?? 0)).toBe(children.length);
  return 1 + entry.children.reduce((sum, child) => sum + check(child, database), 0);
}

describe('a search', () => {
  it('takes patterns: a star within a name, two for any depth', async () => {
    const subject = rig();
    for (const path of ['/a', '/a/b', '/a/b/lock-1', '/a/b/lock-22', '/a/lock-1', '/lock']) subject.create(path);
    expect(await subject.paths('pattern', '/a/*/lock-*')).toEqual(['/a/b/lock-1', '/a/b/lock-22']);
    expect(await subject.paths('pattern', '/**/lock-1')).toEqual(['/a/b/lock-1', '/a/lock-1']);
    expect(await subject.paths('pattern', '/a/**')).toEqual(['/a/b', '/a/b/lock-1', '/a/b/lock-22', '/a/lock-1']);
    expect(await subject.paths('pattern', 'lock*')).toEqual(['/a/b/lock-1', '/a/b/lock-22', '/a/lock-1', '/lock']);
    expect(await subject.paths('pattern', '/**/*k-1', '/a/b')).toEqual(['/a/b/lock-1']);
    expect(await subject.paths('pattern', '/A/*')).toEqual([]);
  });

  it('looks in names for what is behind a slash, and in paths for what is before it', async () => {
    const subject = rig();
    for (const path of ['/brokers', '/brokers/ids', '/brokers/ids/1', '/other', '/other/ids']) subject.create(path);
    expect(await subject.paths('name', 'Brokers/ID')).toEqual(['/brokers/ids']);
    expect(await subject.paths('name', 'ids/')).toEqual(['/brokers/ids/1']);
    expect(await subject.paths('name', '/other')).toEqual(['/other']);
  });

  it('says where in the data, with the text around it, which has no broken characters at its ends', async () => {
    const subject = rig();
    subject.create('/a', `${'的'.repeat(30)}host=db-7\n${'尾'.repeat(60)}`);
    const { hits } = await subject.search('content', 'host=db-7');
    const excerpt = hits[0]?.excerpt;
    expect(excerpt?.offset).toBe(90);
    expect(excerpt?.text.slice(excerpt.at, excerpt.at + excerpt.length)).toBe('host=db-7');
    expect(excerpt?.text).toMatch(/^的+host=db-7·尾+\uFFFD?$/);
  });

  it('does not find what lies on the border of two data, nor what was replaced or deleted', async () => {
    const subject = rig();
    subject.create('/a', 'left');
    subject.create('/b', 'right');
    expect(await subject.paths('content', 'tri')).toEqual([]);
    subject.apply({ type: OpCode.setData, path: '/a', data: text('new'), version: 1 });
    subject.apply({ type: OpCode.delete, path: '/b' });
    expect(await subject.paths('content', 'left')).toEqual([]);
    expect(await subject.paths('content', 'right')).toEqual([]);
    expect(await subject.paths('name', 'b')).toEqual([]);
    expect(await subject.paths('content', 'new')).toEqual(['/a']);
  });

  it('ends at its limit and says that there is more, the best of what it found first', async () => {
    const subject = rig();
    for (const name of ['a-lock', 'locked', 'lock', 'z-lock']) subject.create(`/${name}`);
    const all = await subject.search('name', 'lock');
    expect(all.hits.map(({ path }) => path)).toEqual(['/lock', '/locked', '/a-lock', '/z-lock']);
    expect(all).toMatchObject({ more: false, total: subject.database.tree.nodeCount, bodies: true });
    expect(await subject.search('name', 'lock', '/', 2)).toMatchObject({ more: true, hits: { length: 2 } });
  });

  it('keeps its index small where names come and go, and its buffers where data do', async () => {
    const subject = rig();
    subject.create('/locks');
    const body = 'y'.repeat(1_500);
    for (let round = 0; round < 11_000; round++) {
      subject.create(`/locks/n-${round}`, body);
      subject.apply({ type: OpCode.delete, path: `/locks/n-${round}` });
    }
    subject.create('/locks/last', 'kept');
    await expect.poll(async () => (await subject.search('name', 'n-')).hits.length).toBe(0);
    expect(await subject.paths('content', 'kept')).toEqual(['/locks/last']);
    expect(subject.last?.content).toBe('complete');
  });
});

describe('who may not read', () => {
  async function secrets(options: Partial<MirrorOptions> = {}): Promise<Rig> {
    const subject = rig(options);
    subject.create('/open');
    subject.create('/open/secret', 'the word', SECRET);
    subject.create('/open/secret/open-below', 'the word');
    subject.create('/open/plain', 'the word');
    return subject;
  }

  it('sees neither data nor names below, and of the znode its name alone', async () => {
    const subject = await secrets();
    expect(await subject.paths('content', 'the word')).toEqual(['/open/plain']);
    const { hits } = await subject.search('name', 'e');
    expect(hits.map(({ path }) => path)).not.toContain('/open/secret/open-below');
    expect(hits.find(({ path }) => path === '/open/secret')).toEqual({
      path: '/open/secret',
      stat: null,
      excerpt: null,
    });
    expect(
      JSON.stringify(await subject.ask('subtree', { path: '/', by: 'bytes', depth: 4, limit: 200 })),
    ).not.toContain('open-below');
    for (const kind of ['read', 'children'] as const) {
      const page = { offset: 0, limit: 10, stat: true };
      await expect(subject.ask(kind, { path: '/open/secret', page })).rejects.toThrow('noAuth' satisfies MirrorFault);
    }
    const page = { offset: 0, limit: 10, stat: true };
    const { children } = await subject.ask('children', { path: '/open', page });
    expect(children.map(({ name, stat }) => [name, stat === null])).toEqual([
      ['plain', false],
      ['secret', true],
    ]);
  });

  it('is another one with other credentials', async () => {
    const subject = await secrets();
    subject.keeper.setIdentities(ADA);
    expect(await subject.paths('content', 'the word')).toEqual([
      '/open/plain',
      '/open/secret',
      '/open/secret/open-below',
    ]);
    expect(await subject.ask('read', { path: '/open/secret' })).toMatchObject({ acl: SECRET });
  });

  it('is told of transactions that they are not for him', async () => {
    const subject = await secrets();
    const done = await subject.transactions(4);
    expect(done.map(({ changes }) => changes[0]?.readable)).toEqual([true, false, false, true]);
  });

  it('sees nothing outside the root of what is attached', async () => {
    const subject = await secrets({ root: '/open', identities: ADA });
    subject.create('/outside', 'the word');
    expect(await subject.paths('content', 'the word')).toEqual(['/plain', '/secret', '/secret/open-below']);
    expect((await subject.search('name', 'o')).hits.map(({ path }) => path)).toEqual(['/secret/open-below']);
    expect(await subject.ask('subtree', { path: '/', by: 'znodes', depth: 1, limit: 5 })).toMatchObject({
      path: '/',
      name: '',
      znodes: 4,
    });
    const done = await subject.transactions(5);
    expect(done.map(({ path, changes }) => [path, changes.length])).toEqual([
      ['/', 1],
      ['/secret', 1],
      ['/secret/open-below', 1],
      ['/plain', 1],
      [null, 0],
    ]);
  });
});

describe('a transaction', () => {
  it('names what was before and is after, of each znode, the ephemerals of a closed session too', async () => {
    const subject = rig();
    subject.create('/a', 'one');
    subject.apply({ type: OpCode.setData, path: '/a', data: text('two'), version: 1 });
    subject.create('/a/e', 'mine', OPEN_ACL, true);
    subject.apply({
      type: OpCode.multi,
      txns: [creation('/m', 'first'), { type: OpCode.setData, path: '/m', data: text('second'), version: 1 }],
    });
    subject.apply({ type: OpCode.closeSession, paths: null });
    subject.apply({ type: OpCode.delete, path: '/a' });
    const done = await subject.transactions(6);
    const told = done.flatMap(({ operation, changes }) =>
      changes.map(({ path, change, version, before, after }) =>
        [
          operation,
          path,
          change,
          version,
          ...[before, after].map((side) => (side?.data ? new TextDecoder().decode(side.data) : null)),
        ].join(' '),
      ),
    );
    expect(told).toEqual([
      'create /a created 0  one',
      'setData /a dataChanged 1 one two',
      'create /a/e created 0  mine',
      'multi /m created 0  first',
      'multi /m dataChanged 1 first second',
      'closeSession /a/e deleted 0 mine ',
      'delete /a deleted 1 two ',
    ]);
    expect(done[3]?.path).toBe('/m');
  });

  it('comes in batches that follow one another', async () => {
    const subject = rig();
    for (let i = 0; i < 3_000; i++) subject.create(`/n${i}`, 'x'.repeat(100));
    const done = await subject.transactions(3_000);
    expect(done.every(({ zxid }, i) => zxid === 0x1_0000_0001n + BigInt(i))).toBe(true);
    expect(subject.batches[0]?.after).toBe(0n);
    for (const [i, { after }] of subject.batches.slice(1).entries()) {
      expect(after).toBe(subject.batches[i]?.transactions.at(-1)?.zxid ?? 0n);
    }
  });
});

describe('a tree beyond its limits', () => {
  it('keeps its structure, its sizes and its Stats, and says that the data are gone', async () => {
    const subject = rig({ maxBytes: 1_000 });
    for (let i = 0; i < 30; i++) subject.create(`/n${i}`, 'x'.repeat(100));
    await expect.poll(() => subject.last?.content).toBe('structureOnly');
    expect(await subject.search('content', 'xx')).toMatchObject({ hits: [], bodies: false });
    expect((await subject.paths('name', 'n2')).length).toBe(11);
    expect(await subject.ask('subtree', { path: '/', by: 'bytes', depth: 1, limit: 3 })).toMatchObject({
      bytes: 3_000,
    });
    await expect(subject.ask('read', { path: '/n29' })).rejects.toThrow('bodyDropped' satisfies MirrorFault);
    expect(await subject.ask('digest', null)).toMatchObject({ digest: null });
    const page = { offset: 0, limit: 1, stat: true };
    const { children } = await subject.ask('children', { path: '/', page });
    expect(children[0]?.stat?.dataLength).toBe(100);
  });

  it('keeps the numbers of quotas all the same', async () => {
    const subject = rig({ maxBytes: 1_000 });
    const quota = '/zookeeper/quota/a';
    subject.create('/a');
    subject.create(quota);
    subject.create(`${quota}/zookeeper_limits`, 'count=50,bytes=9000');
    subject.create(`${quota}/zookeeper_stats`, 'count=1,bytes=0');
    for (let i = 0; i < 30; i++) subject.create(`/a/n${i}`, 'x'.repeat(100));
    await expect.poll(() => subject.last?.content).toBe('structureOnly');
    const { quotas } = await subject.ask('extremes', null);
    expect(quotas).toEqual([{ path: '/a', count: 31, bytes: 3_000, countLimit: 50, bytesLimit: 9_000 }]);
  });

  it('is given up where it has too many znodes', async () => {
    const subject = rig({ maxZnodes: 20 });
    for (let i = 0; i < 20 && !subject.left; i++) subject.create(`/n${i}`);
    expect([subject.left, subject.failures]).toEqual([true, ['tooLarge']]);
    await expect(subject.search('name', 'n')).rejects.toThrow('empty' satisfies MirrorFault);
  });
});

describe('children', () => {
  it('stay sorted while they come and go', async () => {
    const subject = rig();
    const page = { offset: 0, limit: 3, stat: false };
    for (const name of ['m', 'b', 'z']) subject.create(`/${name}`);
    const list = async () => (await subject.ask('children', { path: '/', page })).children.map(({ name }) => name);
    expect(await list()).toEqual(['b', 'm', 'z']);
    subject.create('/c');
    subject.apply({ type: OpCode.delete, path: '/b' });
    expect(await list()).toEqual(['c', 'm', 'z']);
  });
});
