import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ChildrenJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import { afterEach, expect, test } from 'vitest';
import { VivariumRig } from '../harness/vivarium-rig.ts';

let rig: VivariumRig | null = null;

afterEach(async () => {
  await rig?.remove();
  rig = null;
});

const ZNODES = '/api/clusters/local/znodes';

/** Writes, and gives the number of the event that says the first server has applied it. */
async function write(on: VivariumRig, pathname: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const unsubscribe = on.source.subscribe((events) => {
    const found = events.find(({ body }) => body.kind === 'applied' && body.path === pathname);
    if (found !== undefined) resolve(found.n);
  });
  expect((await on.call('POST', ZNODES, { path: pathname })).status).toBe(201);
  const n = await promise;
  unsubscribe();
  return n;
}

async function namesAt(on: VivariumRig, at: number): Promise<string[]> {
  const answer = await on.call<ChildrenJson>('GET', `${ZNODES}/children?path=/&at=${at}`);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.children.map(({ name }) => name).filter((name) => name !== 'zookeeper');
}

test('what was there before this start is there at its first event', async () => {
  const first = await VivariumRig.start();
  await write(first, '/kept');
  await first.stop();
  rig = await VivariumRig.start([], first.dataDir);
  expect(await namesAt(rig, 1)).toEqual(['kept']);
  const n = await write(rig, '/new');
  expect(await namesAt(rig, n)).toEqual(['kept', 'new']);
  expect(await namesAt(rig, n - 1)).toEqual(['kept']);
  expect(await namesAt(rig, 0)).toEqual(['kept']);
});

test('it is read over snapshots, in any order, while the leader changes and a log ends torn', async () => {
  rig = await VivariumRig.start([], undefined, { snapCount: 10 });
  const numbers: number[] = [];
  for (let index = 0; index < 30; index++) {
    numbers.push(await write(rig, `/n${String(index).padStart(2, '0')}`));
    if (index === 15) {
      const { servers } = await rig.source.stateAt(null);
      const leader = Object.values(servers).find(({ state }) => state === 'LEADING')?.sid;
      await rig.call('POST', `/api/clusters/local/servers/${leader}/kill`);
      tearLog(path.join(rig.dataDir, `server-${leader}`, 'data', 'version-2'));
    }
  }
  for (const index of [29, 3, 17, 16, 15, 4, 28, 0]) {
    const names = await namesAt(rig, numbers[index] ?? 0);
    expect(names).toHaveLength(index + 1);
    expect(names.at(-1)).toBe(`n${String(index).padStart(2, '0')}`);
  }
  const read = await rig.call<ZnodeJson>('GET', `${ZNODES}?path=/n05&at=${numbers[4]}`);
  expect(read.body.error.code).toBe('noNode');
});

/** Leaves half a record behind the last one, as a crash does. */
function tearLog(directory: string): void {
  const log = readdirSync(directory)
    .filter((name) => name.startsWith('log.'))
    .sort()
    .at(-1);
  appendFileSync(path.join(directory, log ?? ''), Buffer.from([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 9]));
}
