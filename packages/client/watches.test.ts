import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType } from '@vivarium/wire/replies';
import { expect, it } from 'vitest';
import { Watches } from './watches.ts';

const watcher = (): void => {};

it.each([
  [WatchEventType.created, 'created', ['data', 'exist']],
  [WatchEventType.dataChanged, 'dataChanged', ['data', 'exist']],
  [WatchEventType.deleted, 'deleted', ['data', 'exist', 'child']],
  [WatchEventType.childrenChanged, 'childrenChanged', ['child']],
] as const)('event %i (%s) takes away the %j watches of its path', (type, name, kinds) => {
  const watches = new Watches();
  const watchers = { data: () => {}, exist: () => {}, child: () => {} };
  for (const kind of ['data', 'exist', 'child'] as const) watches.add(kind, '/a', watchers[kind]);
  watches.add('data', '/b', watcher);
  const taken = watches.take({ type, state: 3, path: '/a' });
  expect(taken?.type).toBe(name);
  expect([...(taken?.watchers ?? [])]).toEqual(kinds.map((kind) => watchers[kind]));
  expect(watches.take({ type, state: 3, path: '/a' })?.watchers.size).toBe(0);
  expect(watches.toRequests(0n).flatMap(({ dataWatches }) => dataWatches)).toContain('/b');
});

it('a watcher that waits twice for the same thing is told once, and an unknown event concerns nobody', () => {
  const watches = new Watches();
  watches.add('data', '/a', watcher);
  watches.add('data', '/a', watcher);
  expect(watches.take({ type: 99, state: 3, path: '/a' })).toBeNull();
  expect(watches.take({ type: WatchEventType.deleted, state: 3, path: '/a' })?.watchers.size).toBe(1);
});

it('all watches are set again in requests that no server finds too long', () => {
  const watches = new Watches();
  expect(watches.toRequests(7n)).toEqual([]);
  const paths = Array.from({ length: 300 }, (_, index) => `/${index}${'x'.repeat(1000)}`);
  for (const path of paths) watches.add('data', path, watcher);
  watches.add('exist', '/e', watcher);
  watches.add('child', '/c', watcher);
  const requests = watches.toRequests(7n);
  expect(requests.length).toBeGreaterThan(2);
  expect(requests.flatMap(({ dataWatches }) => dataWatches)).toEqual(paths);
  expect(requests.flatMap(({ existWatches }) => existWatches)).toEqual(['/e']);
  expect(requests.flatMap(({ childWatches }) => childWatches)).toEqual(['/c']);
  for (const { relativeZxid, dataWatches } of requests) {
    expect(relativeZxid).toBe(7n);
    expect(dataWatches.join('').length).toBeLessThanOrEqual(128 * 1024);
  }
  watches.clear();
  expect(watches.toRequests(7n)).toEqual([]);
});

it('watches that last are called again and again: persistent for their znode, recursive for all below and not for children', () => {
  const watches = new Watches();
  const [node, subtree, root] = [() => {}, () => {}, () => {}];
  watches.add('persistent', '/a', node);
  watches.add('recursive', '/a', subtree);
  watches.add('recursive', '/', root);
  const called = (type: WatchEventType, path: string): unknown[] => [
    ...(watches.take({ type, state: 3, path })?.watchers ?? []),
  ];
  for (let round = 1; round <= 2; round++) {
    expect(called(WatchEventType.dataChanged, '/a')).toEqual([node, subtree, root]);
    expect(called(WatchEventType.created, '/a/b/c')).toEqual([subtree, root]);
    expect(called(WatchEventType.created, '/ab')).toEqual([root]);
    expect(called(WatchEventType.childrenChanged, '/a')).toEqual([node]);
    expect(called(WatchEventType.childrenChanged, '/')).toEqual([]);
  }
  watches.add('data', '/a', watcher);
  expect(watches.toRequests(7n)).toEqual([
    {
      type: OpCode.setWatches2,
      relativeZxid: 7n,
      dataWatches: ['/a'],
      existWatches: [],
      childWatches: [],
      persistentWatches: ['/a'],
      recursiveWatches: ['/a', '/'],
    },
  ]);
  watches.remove('data', '/a');
  watches.remove('persistent', '/a');
  expect(called(WatchEventType.dataChanged, '/a')).toEqual([subtree, root]);
  watches.remove('any', '/a');
  expect(called(WatchEventType.dataChanged, '/a')).toEqual([root]);
});
