import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import { AddWatchMode, type ClientRequest, WatcherType } from '@vivarium/wire/requests';
import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { StandaloneBench } from '../../tests/harness/standalone-bench.ts';
import { capture, clone } from '../capture.ts';

const CREATED = 1;
const DELETED = 2;
const CHANGED = 3;
const CHILDREN = 4;

/** A server with a client that watches and one that writes. */
class Bench extends StandaloneBench {
  private xid = 1;

  constructor(config = testServerConfig()) {
    super(config);
    this.open(1);
    this.open(2);
  }

  private ok(client: number, request: ClientRequest): void {
    expect(this.ask(client, this.xid++, request).err).toBe(ErrorCode.OK);
  }

  create(...paths: string[]): void {
    for (const path of paths) this.ok(2, { type: OpCode.create, path, data: null, acl: OPEN_ACL, flags: 0 });
  }

  change(path: string): void {
    this.ok(2, { type: OpCode.setData, path, data: null, version: -1 });
  }

  delete(...paths: string[]): void {
    for (const path of paths) this.ok(2, { type: OpCode.delete, path, version: -1 });
  }

  exists(path: string, client = 1): void {
    this.ask(client, this.xid++, { type: OpCode.exists, path, watch: true });
  }

  children(path: string, client = 1): void {
    this.ask(client, this.xid++, { type: OpCode.getChildren, path, watch: true });
  }

  add(mode: AddWatchMode, path: string, client = 1): void {
    this.ok(client, { type: OpCode.addWatch, path, mode });
  }

  remove(path: string, watcherType: WatcherType): ErrorCode {
    return this.ask(1, this.xid++, { type: OpCode.removeWatches, path, watcherType }).err;
  }

  check(path: string, watcherType: WatcherType, client = 1): ErrorCode {
    return this.ask(client, this.xid++, { type: OpCode.checkWatches, path, watcherType }).err;
  }

  setWatches(relativeZxid: bigint, lists: Record<'data' | 'exist' | 'child' | 'persistent' | 'recursive', string[]>) {
    this.ok(1, {
      type: OpCode.setWatches2,
      relativeZxid,
      dataWatches: lists.data,
      existWatches: lists.exist,
      childWatches: lists.child,
      persistentWatches: lists.persistent,
      recursiveWatches: lists.recursive,
    });
  }

  /** What a client was told since it was last asked. */
  told(client = 1): [number, string][] {
    return this.of(client)
      .events.splice(0)
      .map(({ type, path }) => [type, path]);
  }

  watches() {
    return this.server.watches;
  }
}

describe('watches that stay', () => {
  it('persistent: all of a node and the coming and going of its children, again and again', () => {
    const bench = new Bench();
    bench.add(AddWatchMode.persistent, '/a');
    bench.create('/a', '/a/b', '/a/b/c');
    bench.change('/a');
    bench.change('/a/b');
    bench.delete('/a/b/c', '/a/b', '/a');
    bench.create('/a');
    const life: [number, string][] = [
      [CREATED, '/a'],
      [CHILDREN, '/a'],
      [CHANGED, '/a'],
      [CHILDREN, '/a'],
      [DELETED, '/a'],
      [CREATED, '/a'],
    ];
    expect(bench.told()).toEqual(life);
  });

  it('recursive: all nodes from the path downwards, and no event of children', () => {
    const bench = new Bench();
    bench.create('/ab');
    bench.add(AddWatchMode.recursive, '/a');
    bench.create('/a', '/a/b', '/a/b/c', '/ab/x');
    bench.change('/a/b/c');
    bench.delete('/a/b/c');
    expect(bench.told()).toEqual([
      [CREATED, '/a'],
      [CREATED, '/a/b'],
      [CREATED, '/a/b/c'],
      [CHANGED, '/a/b/c'],
      [DELETED, '/a/b/c'],
    ]);
  });

  it('recursive from the root: everything, the root itself and the configuration node too', () => {
    const bench = new Bench();
    bench.add(AddWatchMode.recursive, '/');
    bench.create('/a');
    bench.change('/');
    expect(bench.told()).toEqual([
      [CREATED, '/a'],
      [CHANGED, '/'],
    ]);
  });
});

describe('watches of several kinds on one path', () => {
  it('tell of one change once, and only those for one event are used up', () => {
    const bench = new Bench();
    bench.create('/a');
    for (const again of [1, 2]) {
      bench.exists('/a');
      bench.children('/a');
      bench.add(AddWatchMode.persistent, '/a');
      bench.add(AddWatchMode.recursive, '/a');
      bench.add(AddWatchMode.recursive, '/');
      bench.change('/a');
      bench.create('/a/b');
      bench.delete('/a/b', '/a');
      bench.create('/a');
      expect(bench.told(), `round ${again}`).toEqual([
        [CHANGED, '/a'],
        [CREATED, '/a/b'],
        [CHILDREN, '/a'],
        [DELETED, '/a/b'],
        [CHILDREN, '/a'],
        [DELETED, '/a'],
        [CREATED, '/a'],
      ]);
      expect(bench.check('/a', WatcherType.data)).toBe(ErrorCode.NOWATCHER);
      expect(bench.check('/a', WatcherType.children)).toBe(ErrorCode.NOWATCHER);
      expect(bench.check('/a', WatcherType.persistent)).toBe(ErrorCode.OK);
      expect(bench.check('/a', WatcherType.recursive)).toBe(ErrorCode.OK);
    }
  });

  it('are removed one kind at a time, or all at once', () => {
    const bench = new Bench();
    bench.create('/a');
    const { children, data, persistent, recursive, any } = WatcherType;
    const setAll = (): void => {
      bench.exists('/a');
      bench.children('/a');
      bench.add(AddWatchMode.persistent, '/a');
      bench.add(AddWatchMode.recursive, '/a');
    };
    setAll();
    const left: WatcherType[] = [children, data, persistent, recursive];
    while (left.length > 0) {
      const [gone = any] = left.splice(0, 1);
      expect(bench.check('/a', any)).toBe(ErrorCode.OK);
      expect(bench.remove('/a', gone)).toBe(ErrorCode.OK);
      expect(bench.remove('/a', gone)).toBe(ErrorCode.NOWATCHER);
      expect(left.map((type) => bench.check('/a', type))).toEqual(left.map(() => ErrorCode.OK));
    }
    expect(bench.check('/a', any)).toBe(ErrorCode.NOWATCHER);
    setAll();
    expect(bench.remove('/a', any)).toBe(ErrorCode.OK);
    expect(bench.remove('/a', any)).toBe(ErrorCode.NOWATCHER);
    bench.change('/a');
    expect(bench.told()).toEqual([]);
    expect(bench.watches().count).toBe(0);
  });

  it("belong to one connection: another's are not seen, and those of one that goes go with it", () => {
    const bench = new Bench();
    bench.create('/a');
    bench.exists('/a', 2);
    bench.add(AddWatchMode.recursive, '/a', 2);
    expect(bench.check('/a', WatcherType.any)).toBe(ErrorCode.NOWATCHER);
    expect(bench.remove('/a', WatcherType.any)).toBe(ErrorCode.NOWATCHER);
    bench.exists('/a');
    bench.step({ kind: 'clientClosed', client: 1 });
    bench.change('/a');
    expect(bench.told()).toEqual([]);
    expect(bench.told(2)).toEqual([[CHANGED, '/a']]);
    bench.step({ kind: 'clientClosed', client: 2 });
    expect(bench.watches().summary()).toEqual({ connections: 0, paths: 0, watches: 0 });
  });
});

describe('the watches of a client that comes from elsewhere', () => {
  const none = { data: [], exist: [], child: [], persistent: [], recursive: [] };

  it('tell what was missed, with zxid -1, and are set where nothing was', () => {
    const bench = new Bench();
    bench.create('/same', '/changed', '/born', '/kids');
    const seen = bench.ask(1, 900, { type: OpCode.exists, path: '/', watch: false }).zxid;
    bench.change('/changed');
    bench.create('/kids/one');
    bench.setWatches(seen, {
      ...none,
      data: ['/same', '/changed', '/gone'],
      exist: ['/born', '/unborn'],
      child: ['/same', '/kids', '/lost'],
    });
    expect(bench.of(1).events.every(({ zxid }) => zxid === -1n)).toBe(true);
    expect(bench.told()).toEqual([
      [CHANGED, '/changed'],
      [DELETED, '/gone'],
      [CREATED, '/born'],
      [CHILDREN, '/kids'],
      [DELETED, '/lost'],
    ]);
    bench.change('/changed');
    bench.change('/same');
    bench.create('/unborn', '/same/x');
    expect(bench.told()).toEqual([
      [CHANGED, '/same'],
      [CREATED, '/unborn'],
      [CHILDREN, '/same'],
    ]);
  });

  it('stay silent where they stay', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.setWatches(0n, { ...none, persistent: ['/a', '/none'], recursive: ['/a'] });
    expect(bench.told()).toEqual([]);
    bench.create('/a/b');
    expect(bench.told()).toEqual([
      [CREATED, '/a/b'],
      [CHILDREN, '/a'],
    ]);
  });
});

describe('what is told of the watches', () => {
  it('counts a client that watches a path in two ways once, and leaves those of children out', () => {
    const bench = new Bench();
    bench.create('/a', '/b');
    bench.children('/a');
    expect(bench.watches().summary()).toEqual({ connections: 0, paths: 0, watches: 0 });
    bench.exists('/a');
    expect(bench.watches().summary()).toEqual({ connections: 1, paths: 1, watches: 1 });
    bench.add(AddWatchMode.persistent, '/a');
    bench.add(AddWatchMode.recursive, '/a');
    bench.add(AddWatchMode.recursive, '/b');
    bench.exists('/a', 2);
    expect(bench.watches().summary()).toEqual({ connections: 2, paths: 2, watches: 3 });
    expect(bench.watches().count).toBe(7);
    const [first, second] = [1, 2].map((client) => bench.sessionOf(client));
    const bySession = [...bench.watches().pathsBySession()].map(([id, paths]) => [id, [...paths]]);
    expect(bySession).toEqual([
      [first, ['/a', '/b']],
      [second, ['/a']],
    ]);
    expect([...bench.watches().sessionsByPath()]).toEqual([
      ['/a', [first, second]],
      ['/b', [first]],
    ]);
  });

  it('is in a capture of the server', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.exists('/a');
    bench.exists('/a', 2);
    bench.add(AddWatchMode.recursive, '/');
    const copy = clone(bench.server);
    expect(capture(copy)).toEqual(capture(bench.server));
    expect(copy.watches.summary()).toEqual({ connections: 2, paths: 2, watches: 3 });
  });
});

describe('watches that take too much memory', () => {
  const lists = { data: [], exist: [], child: [], persistent: [], recursive: [] };
  const paths = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `/${prefix}${n}`);

  it('cost who has most of them the connection, and nobody else', () => {
    const bench = new Bench(testServerConfig({ maxWatchBytes: 100_000 }));
    for (const path of paths('honest', 50)) bench.exists(path, 2);
    for (const path of paths('b', 300)) bench.exists(path);
    expect(bench.of(1).closed).toBeNull();
    for (const path of paths('c', 300)) if (bench.of(1).closed === null) bench.exists(path);
    expect(bench.of(1).closed).toBe('it has too many watches');
    expect(bench.of(2).closed).toBeNull();
    expect(bench.server.status().watchCount).toBe(50);
  });

  it('leave nothing behind where one list was too long', () => {
    const bench = new Bench(testServerConfig({ maxWatchBytes: 100_000 }));
    const dataWatches = { relativeZxid: 9n, existWatches: paths('x', 2_000), dataWatches: [], childWatches: [] };
    bench.send(1, -8, { type: OpCode.setWatches, ...dataWatches });
    expect(bench.of(1).closed).toBe('it has too many watches');
    expect(bench.server.status().watchCount).toBe(0);
  });

  it('are forgotten with what takes them away', () => {
    const bench = new Bench(testServerConfig({ maxWatchBytes: 100_000 }));
    bench.create('/n');
    for (let round = 0; round < 1_000; round++) {
      bench.exists('/n');
      bench.change('/n');
      bench.add(AddWatchMode.recursive, '/n');
      bench.remove('/n', WatcherType.any);
    }
    bench.setWatches(0n, { ...lists, persistent: paths('p', 400) });
    expect(bench.of(1).closed).toBeNull();
  });
});
