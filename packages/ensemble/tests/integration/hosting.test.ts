import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { HostingRig, refusal } from './hosting-rig.ts';

let rig: HostingRig;

beforeEach(() => {
  rig = new HostingRig();
});

afterEach(() => rig.clean());

test('an ensemble is started, its servers are killed, paused and restarted, and it tells what happens', async () => {
  const hosted = rig.host({ participants: 3, observers: 1 });
  await hosted.start('ann');
  const leader = await rig.serving(1, 2, 3, 4);
  expect(rig.modes.get(4)).toBe('observer');
  expect(hosted.server(leader).mode).toBe('leader');
  const client = await RawConnection.openSession(hosted.server(4).member.clientPort, 30_000);
  expect((await client.request(op.create, createBody('/traced', 'x')))?.error).toBe(0);
  const appliedBy = (): Set<number> =>
    new Set(rig.events.filter(({ body }) => body.kind === 'applied' && body.path === '/traced').map(({ sid }) => sid));
  await rig.until(() => (appliedBy().size === 4 ? true : undefined), 'each server telling that it applied the write');
  for (const sid of [1, 2, 3, 4]) {
    const own = rig.events.filter((event) => event.sid === sid && event.sequence >= 0);
    expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index));
  }

  await hosted.kill(leader, 'bob');
  expect(hosted.server(leader).process).toMatchObject({ state: 'killed', by: 'bob', exit: { signal: 'SIGKILL' } });
  expect(rig.states(leader)).toEqual(['starting', 'running', 'killing', 'killed']);
  expect(rig.modes.get(leader)).toBeNull();
  const rest = [1, 2, 3].filter((sid) => sid !== leader);
  await rig.serving(...rest);
  await hosted.startServer(leader);
  await rig.serving(1, 2, 3, 4);

  await hosted.restart(4, 'ann');
  expect(rig.states(4)).toEqual(['starting', 'running', 'stopping', 'stopped', 'starting']);
  await rig.serving(1, 2, 3, 4);
  hosted.pause(4);
  hosted.resume(4);
  expect(hosted.server(4).process.state).toBe('running');
  hosted.pause(4);
  await hosted.stop();
  expect(hosted.servers.map(({ process }) => process)).toEqual(
    Array.from({ length: 4 }, () =>
      expect.objectContaining({ state: 'stopped', exit: expect.objectContaining({ code: 0 }) }),
    ),
  );
  await hosted.close();
  const told = rig.events.filter(({ body }) => body.kind === 'processChanged' && body.process === 'killed');
  // At once, and again when the system says so.
  expect(told).toMatchObject([
    { sid: leader, sequence: -1, body: { by: 'bob', exit: null } },
    { sid: leader, sequence: -1, body: { by: 'bob', exit: { code: null, signal: 'SIGKILL' }, lastLines: [] } },
  ]);
});

test('what makes no sense now is refused with a code, and changes nothing', async () => {
  const hosted = rig.host({ participants: 1 });
  expect(await refusal(() => hosted.kill(1))).toMatchObject({ code: 'notRunning', params: { sid: 1 } });
  expect(await refusal(() => hosted.stopServer(1))).toMatchObject({ code: 'notRunning' });
  expect(await refusal(() => hosted.restart(1))).toMatchObject({ code: 'notRunning' });
  expect(await refusal(() => hosted.pause(1))).toMatchObject({ code: 'notRunning' });
  expect(await refusal(() => hosted.resume(1))).toMatchObject({ code: 'notRunning' });
  expect(await refusal(() => hosted.server(2))).toMatchObject({ code: 'unknownServer', params: { sid: 2 } });
  expect(await refusal(() => hosted.setLinkFault(1, 2, null))).toMatchObject({ code: 'unknownServer' });
  expect(await refusal(() => hosted.setLinkFault(1, 1, null))).toMatchObject({ code: 'sameServer' });
  expect(await refusal(() => hosted.addObserver())).toMatchObject({ code: 'standalone' });
  expect(rig.processes).toEqual([]);

  await hosted.start();
  expect(await refusal(() => hosted.startServer(1))).toMatchObject({ code: 'alreadyRunning' });
  await rig.until(() => rig.modes.get(1) ?? undefined, 'the server serving');
  expect(await refusal(() => hosted.resume(1))).toMatchObject({ code: 'notPaused' });
  hosted.pause(1);
  expect(await refusal(() => hosted.pause(1))).toMatchObject({ code: 'alreadyPaused' });
  hosted.resume(1);

  const restarted = hosted.restart(1);
  expect(await refusal(() => hosted.startServer(1))).toMatchObject({ code: 'stopping' });
  expect(await refusal(() => hosted.restart(1))).toMatchObject({ code: 'stopping' });
  expect(await refusal(() => hosted.pause(1))).toMatchObject({ code: 'stopping' });
  expect(await refusal(() => hosted.stopServer(1))).toMatchObject({ code: 'stopping' });
  const killed = hosted.kill(1);
  expect(await refusal(() => hosted.kill(1))).toMatchObject({ code: 'stopping' });
  expect(await refusal(() => restarted)).toMatchObject({ code: 'interrupted' });
  await killed;
  expect(rig.states(1)).toEqual(['starting', 'running', 'paused', 'running', 'stopping', 'killing', 'killed']);
  await hosted.startServer(1);
  await rig.until(() => rig.modes.get(1) ?? undefined, 'the server serving again');
});

test('a server that dies by itself is told from one that was killed, with its last words', async () => {
  const hosted = rig.host({ participants: 1 });
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(hosted.server(1).member.clientPort, '127.0.0.1', resolve));
  expect(await refusal(() => hosted.start())).toMatchObject({
    code: 'portInUse',
    params: { sid: 1, port: rig.basePort, use: 'client' },
  });
  expect(rig.processes).toEqual([]);
  await hosted.startServer(1);
  const died = (): true | undefined => (hosted.server(1).process.state === 'died' ? true : undefined);
  await rig.until(died, 'the end of the server');
  holder.close();
  expect(hosted.server(1).process).toMatchObject({ by: null, exit: { code: 1, signal: null } });
  expect(hosted.server(1).lastLines.at(-1)).toContain(`port ${rig.basePort}: another process uses it`);
  await rig.until(
    () => rig.events.find(({ body }) => body.kind === 'processChanged' && body.lastLines.length > 0),
    'an event with the last words',
  );

  await hosted.startServer(1);
  await rig.until(() => rig.modes.get(1) ?? undefined, 'the server serving');
  process.kill(hosted.server(1).pid ?? 0, 'SIGKILL');
  await rig.until(died, 'the end of the server');
  expect(hosted.server(1).process).toMatchObject({ state: 'died', by: null, exit: { code: null, signal: 'SIGKILL' } });
});
