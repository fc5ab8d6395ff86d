import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { HostingRig, refusal } from './hosting-rig.ts';

let rig: HostingRig;

beforeEach(() => {
  rig = new HostingRig();
});

afterEach(() => rig.clean());

test('an observer is added while the others serve, follows a new leader, and is there at the next start', async () => {
  const hosted = rig.host({ participants: 3 });
  await Promise.all([hosted.start(), hosted.start()]);
  const leader = await rig.serving(1, 2, 3);
  const pids = hosted.servers.map(({ pid }) => pid);
  const client = await RawConnection.openSession(hosted.server(leader).member.clientPort, 30_000);
  expect((await client.request(op.create, createBody('/before', 'x')))?.error).toBe(0);

  // Two at a time: one after the other.
  const [fourth, fifth] = await Promise.all([hosted.addObserver('ann'), hosted.addObserver()]);
  expect([fourth.member.sid, fifth.member.sid]).toEqual([4, 5]);
  await rig.serving(1, 2, 3, 4, 5);
  expect([rig.modes.get(4), rig.modes.get(5)]).toEqual(['observer', 'observer']);
  expect(hosted.servers.slice(0, 3).map(({ pid }) => pid)).toEqual(pids);
  const watcher = await RawConnection.openSession(fourth.member.clientPort, 30_000);
  expect((await watcher.request(op.create, createBody('/through-observer', 'x')))?.error).toBe(0);
  expect((await watcher.request(op.exists, existsBody('/before')))?.error).toBe(0);

  await hosted.kill(leader);
  const rest = [1, 2, 3].filter((sid) => sid !== leader);
  await rig.serving(...rest, 4, 5);
  await hosted.startServer(leader);
  await rig.serving(1, 2, 3, 4, 5);
  const zooCfg = readFileSync(path.join(rig.directory, `server-${leader}`, 'zoo.cfg'), 'utf8');
  expect(zooCfg).toContain('server.5=127.0.0.1:');
  const added = rig.events.filter(({ body }) => body.kind === 'memberAdded');
  expect(added.map(({ sid, body }) => [sid, 'role' in body && body.role])).toEqual([
    [1, 'participant'],
    [2, 'participant'],
    [3, 'participant'],
    [4, 'observer'],
    [5, 'observer'],
  ]);
  await hosted.close();

  expect(await refusal(() => rig.host({ participants: 5 }))).toMatchObject({
    code: 'membersDiffer',
    params: { askedParticipants: 5, askedObservers: 2, participants: 3, observers: 2 },
    message: expect.stringContaining('holds 3 voting servers and 2 observers, not 5 voting servers and 2 observers'),
  });
  expect(await refusal(() => rig.host({ observers: 0 }))).toMatchObject({ code: 'membersDiffer' });
  rig.modes.clear();
  const again = rig.host({ participants: 3, observers: 2 });
  await again.start();
  await rig.serving(1, 2, 3, 4, 5);
  const reader = await RawConnection.openSession(again.server(5).member.clientPort, 30_000);
  expect((await reader.request(op.exists, existsBody('/through-observer')))?.error).toBe(0);
});

test('an observer whose port is in use is not added', async () => {
  const hosted = rig.host({ participants: 3 });
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(rig.basePort + 3 + 707, '127.0.0.1', resolve));
  expect(await refusal(() => hosted.addObserver())).toMatchObject({
    code: 'portInUse',
    params: { sid: 4, port: rig.basePort + 3 + 707, use: 'quorum' },
    message: expect.stringContaining('the quorum port of server 4'),
  });
  holder.close();
  expect(hosted.servers).toHaveLength(3);
  expect(readFileSync(path.join(rig.directory, 'ensemble.json'), 'utf8')).not.toContain('observer');
});

test('a directory has one host at a time, and a host that was killed leaves no lock behind', async () => {
  const program = `
    import { Ensemble } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../hosting/ensemble.ts'))};
    const nothing = () => {};
    new Ensemble(
      { directory: ${JSON.stringify(rig.directory)}, basePort: ${rig.basePort}, host: '127.0.0.1', trace: false },
      { event: nothing, mode: nothing, process: nothing, log: nothing, linkFault: nothing, memberAdded: nothing },
    );
    process.send('hosted');
    setInterval(nothing, 1000);
  `;
  const first = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(first, 'exit');
  await Promise.race([once(first, 'message'), exited.then(() => Promise.reject(new Error('the first host ended')))]);
  const { code, params, message } = await refusal(() => rig.host());
  expect({ code, pid: params.pid }).toEqual({ code: 'directoryInUse', pid: first.pid });
  expect(Date.parse(String(params.since))).toBeGreaterThan(0);
  expect(message).toContain(`process ${first.pid} hosts the servers in ${rig.directory} since `);
  first.kill('SIGKILL');
  await exited;

  const second = rig.host();
  expect(second.servers).toHaveLength(3);
  expect(await refusal(() => rig.host())).toMatchObject({ code: 'directoryInUse', params: { pid: process.pid } });
  await second.close();
  expect(await refusal(() => second.start())).toMatchObject({ code: 'closed' });
  rig.host();
});

test('a directory that cannot be locked is refused', async () => {
  mkdirSync(path.join(rig.directory, 'host.lock'));
  expect(await refusal(() => rig.host())).toMatchObject({
    code: 'directoryUnusable',
    params: { directory: rig.directory },
    message: expect.stringContaining('host.lock: '),
  });
});

test.each([
  ['', 'JSON'],
  ['{"version":3}', 'version is 3'],
  ['{"version":1,"members":[]}', 'no list'],
  ['{"version":1,"members":[{"sid":2}]}', 'number 2'],
  ['{"version":1,"members":[{"sid":1,"host":"h","role":"king"}]}', 'role king'],
  ['{"version":1,"members":[{"sid":1,"host":"h","role":"observer","clientPort":0}]}', 'clientPort of member 1 is 0'],
])('a list of members that reads %j is refused, and the file is named and kept', async (text, reason) => {
  const file = path.join(rig.directory, 'ensemble.json');
  writeFileSync(file, text);
  const { code, params, message } = await refusal(() => rig.host());
  expect({ code, file: params.file }).toEqual({ code: 'membersUnreadable', file });
  expect(message).toContain(reason);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('members are marked as new once, and those of a list from before that only where they never ran', async () => {
  const mark = (sid: number): string => path.join(rig.directory, `server-${sid}`, 'data', 'initialize');
  const list = path.join(rig.directory, 'ensemble.json');
  await rig.host({ participants: 3 }).close();
  expect([1, 2, 3].map((sid) => existsSync(mark(sid)))).toEqual([true, true, true]);
  for (const sid of [1, 2, 3]) rmSync(mark(sid));
  await rig.host().close();
  expect([1, 2, 3].map((sid) => existsSync(mark(sid)))).toEqual([false, false, false]);

  writeFileSync(list, readFileSync(list, 'utf8').replace('"version": 2', '"version": 1'));
  mkdirSync(path.join(rig.directory, 'server-2', 'data', 'version-2'));
  await rig.host().close();
  expect([1, 2, 3].map((sid) => existsSync(mark(sid)))).toEqual([true, false, true]);
  expect(JSON.parse(readFileSync(list, 'utf8'))).toMatchObject({ version: 2 });
});

function existsBody(node: string): Buffer {
  const body = Buffer.alloc(4 + node.length + 1);
  body.writeInt32BE(node.length);
  body.write(node, 4);
  return body;
}
