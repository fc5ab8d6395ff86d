import type { ChildrenJson } from '@vivarium/shared/contract/rest';
import { afterEach, expect, it, vi } from 'vitest';
import { ApiFailure } from '../../../live/api.ts';
import { type ChildrenRequest, TreeController } from './tree-controller.ts';

const stat = (numChildren: number, cversion = numChildren) => ({
  czxid: '0x1',
  mzxid: '0x1',
  pzxid: '0x1',
  ctimeMs: 0,
  mtimeMs: 0,
  version: 0,
  cversion,
  aversion: 0,
  ephemeralOwner: '0x0',
  dataLength: 0,
  numChildren,
});

interface Asked {
  readonly request: ChildrenRequest;
  readonly signal: AbortSignal;
  readonly answer: (names: readonly string[], cversion?: number) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

let controllers: TreeController[] = [];

function rig() {
  const asked: Asked[] = [];
  const settled = () => vi.waitFor(() => undefined);
  const controller = new TreeController((request, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<ChildrenJson>();
    asked.push({
      request,
      signal,
      answer: (names, cversion = names.length) => {
        const { path, offset, limit } = request;
        const children = names.slice(offset, offset + limit).map((name) => ({ name, stat: stat(0) }));
        resolve({ path, stat: stat(names.length, cversion), total: names.length, offset, children, at: null });
        return settled();
      },
      fail: (error) => {
        reject(error);
        return settled();
      },
    });
    return promise;
  });
  controllers.push(controller);
  return { controller, asked };
}

afterEach(() => {
  for (const controller of controllers) controller.dispose();
  controllers = [];
});

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${String(i).padStart(6, '0')}`);
const paths = ({ rows }: TreeController) => Array.from({ length: rows.count }, (_, row) => rows.rowAt(row).path);

it('asks for the pages that are in view, and no longer for those that are not', async () => {
  const { controller, asked } = rig();
  controller.start();
  await asked[0]?.answer(names(100_000));
  expect(controller.rows.count).toBe(100_001);
  controller.setVisible(50_001, 50_030);
  expect(asked[1]?.request).toEqual({ path: '/', offset: 50_000, limit: 200, stat: true });
  controller.setVisible(90_001, 90_030);
  expect(asked[1]?.signal.aborted).toBe(true);
  expect(asked[2]?.request.offset).toBe(90_000);
  await asked[2]?.answer(names(100_000));
  expect(controller.rows.rowAt(90_001).path).toBe('/n090000');
});

it('shows what came and went at once, and asks again', async () => {
  const { controller, asked } = rig();
  controller.start();
  controller.setVisible(0, 10);
  await asked[0]?.answer(['a', 'c']);
  controller.childChanged('/b', 1);
  expect(paths(controller)).toEqual(['/', '/a', '/b', '/c']);
  controller.childChanged('/a', -1);
  expect(paths(controller)).toEqual(['/', '/b', '/c']);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await asked[1]?.answer(['b', 'c', 'd'], 9);
  expect(paths(controller)).toEqual(['/', '/b', '/c', '/d']);
});

it('gathers a burst of changes into few requests', async () => {
  const { controller, asked } = rig();
  controller.start();
  controller.setVisible(0, 10);
  await asked[0]?.answer(['a']);
  for (let i = 0; i < 1_000; i++) controller.rowTouched('/a');
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await asked[1]?.answer(['a']);
  expect(asked).toHaveLength(2);
});

it('keeps the reason of a failure until it is tried again', async () => {
  const { controller, asked } = rig();
  controller.start();
  await asked[0]?.fail(new ApiFailure({ code: 'noService', params: { reason: 'gone' }, message: 'gone' }, 503));
  expect(controller.rootFailure()?.code).toBe('noService');
  controller.reload();
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await asked[1]?.answer(['a']);
  expect(controller.rootFailure()).toBeNull();
  expect(paths(controller)).toEqual(['/', '/a']);
});

it('gives up waiting when told to', async () => {
  const { controller, asked } = rig();
  controller.start();
  expect(controller.waitingSinceMs()).not.toBeNull();
  controller.cancel();
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(controller.waitingSinceMs()).toBeNull();
  expect(controller.rootFailure()?.code).toBe('timeout');
});
