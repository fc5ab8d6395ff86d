import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { HostingRig } from './hosting-rig.ts';
import { SessionClient } from './sessions/session-client.ts';

/** What a server says to a ConnectRequest. */
interface Session {
  readonly connection: RawConnection;
  readonly sessionId: bigint;
  readonly password: Buffer;
  readonly timeoutMs: number;
}

const SHORT_TIMEOUT_MS = 4_000;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connect(
  port: number,
  sessionId = 0n,
  password: Uint8Array = new Uint8Array(16),
  timeoutMs = 20_000,
): Promise<Session> {
  const connection = await RawConnection.open(port);
  connection.send(new Bytes().int(0).long(0n).int(timeoutMs).long(sessionId).field(password).byte(0).frame);
  const frame = await connection.nextFrame();
  if (frame === undefined) throw new Error(`port ${port} closed the connection`);
  expect(frame).toHaveLength(37);
  return {
    connection,
    timeoutMs: frame.readInt32BE(4),
    sessionId: frame.readBigInt64BE(8),
    password: Buffer.from(frame.subarray(20, 36)),
  };
}

/** The password that `java.util.Random` makes of an id, worked out here as whoever wants to guess it would. */
function guess(sessionId: bigint): Buffer {
  const password = Buffer.alloc(16);
  let state = BigInt.asUintN(48, sessionId ^ 0xb3415c00n ^ 0x5deece66dn);
  for (let at = 0; at < 16; at += 4) {
    state = BigInt.asUintN(48, state * 0x5deece66dn + 0xbn);
    password.writeInt32LE(Number(BigInt.asIntN(32, state >> 16n)), at);
  }
  return password;
}

async function start(flavours: Flavour, extra: Readonly<Record<string, string | number>>, servers = 1) {
  const ensemble = await TestEnsemble.start({ servers, flavours, extra });
  cleanups.push(() => ensemble.stop());
  return ensemble;
}

/** A reply of zeros, and the end of the connection. */
async function expectRefused(session: Session): Promise<void> {
  expect(session).toMatchObject({ sessionId: 0n, timeoutMs: 0, password: Buffer.alloc(16) });
  expect(await session.connection.nextFrame()).toBeUndefined();
}

describe.each<{ flavour: Flavour; extra: Record<string, string>; guessable: boolean }>([
  { flavour: 'vivarium', extra: {}, guessable: false },
  { flavour: 'vivarium', extra: { 'vivarium.sessionPasswords': 'apache' }, guessable: true },
  // Documented: its passwords are no secret.
  { flavour: 'apache', extra: {}, guessable: true },
])('a session of one $flavour server, $extra', ({ flavour, extra, guessable }) => {
  test(`security 13: ${guessable ? 'anybody can work out the password' : 'a guessed password is refused, and harms nobody'}`, async () => {
    const ensemble = await start(flavour, extra);
    const port = ensemble.server(0).clientPort;
    const owner = await connect(port);
    expect((await owner.connection.request(op.create, createBody('/mine', '', 1)))?.error).toBe(0);
    expect(owner.password.equals(guess(owner.sessionId))).toBe(guessable);
    const thief = await connect(port, owner.sessionId, guess(owner.sessionId));
    if (guessable) {
      expect(thief.sessionId).toBe(owner.sessionId);
      expect(await owner.connection.nextFrame()).toBeUndefined();
      return;
    }
    await expectRefused(thief);
    await expectRefused(await connect(port, owner.sessionId, new Uint8Array(0)));
    await expectRefused(await connect(port, owner.sessionId, randomBytes(16)));
    expect((await owner.connection.request(op.exists, new Bytes().field('/mine').byte(0).buffer))?.error).toBe(0);

    // The key is in a file of the server's own and nowhere else, and outlives the process.
    const keyFile = path.join(ensemble.server(0).options.directory, 'data', 'session.key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const key = readFileSync(keyFile, 'utf8').trim();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(ensemble.report()).not.toContain(key);
    await ensemble.server(0).restart();
    await ensemble.waitUntilServing();
    expect(await connect(port, owner.sessionId, owner.password)).toMatchObject({ sessionId: owner.sessionId });
  });
});

test("security 13: from Apache's passwords to keyed ones, server by server, and no session is lost", async () => {
  const keyFile = path.join(mkdtempSync(path.join(tmpdir(), 'vivarium-key-')), 'session.key');
  cleanups.push(async () => rmSync(path.dirname(keyFile), { recursive: true }));
  writeFileSync(keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const extra = { 'vivarium.sessionKeyFile': keyFile, 'vivarium.sessionPasswords': 'apache' };
  const ensemble = await start('vivarium', extra, 3);
  const options = { connectString: ensemble.connectString, timeoutMs: 20_000 };
  const clients = { java: SessionClient.java(options), kazoo: SessionClient.kazoo(options) };
  cleanups.push(() => Promise.all(Object.values(clients).map((client) => client.kill())));
  const sessions = new Map<string, string>();
  for (const [name, client] of Object.entries(clients)) {
    expect(await client.ask(`ephemeral /${name}`)).toBe(`/${name}`);
    sessions.set(name, await client.ask('session'));
  }
  const raw = await connect(ensemble.server(0).clientPort);
  expect(raw.password).toEqual(guess(raw.sessionId));

  const restartAll = async (passwords: string | null): Promise<void> => {
    for (const server of ensemble.servers) {
      const text = readFileSync(server.options.zooCfgPath, 'utf8').replace(/^vivarium.sessionPasswords.*\n/m, '');
      const said = passwords === null ? '' : `vivarium.sessionPasswords=${passwords}\n`;
      writeFileSync(server.options.zooCfgPath, `${text}${said}`);
      await server.restart();
      await ensemble.waitUntilServing();
    }
  };
  let { password } = raw;
  for (const step of ['migrating', null]) {
    await restartAll(step);
    // Whoever came with the password of one step goes on with that of the next.
    const again = await connect(ensemble.server(1).clientPort, raw.sessionId, password);
    expect(again.sessionId).toBe(raw.sessionId);
    ({ password } = again);
    // A client that is between two servers has not got its new password yet.
    for (const [name, client] of Object.entries(clients)) {
      await pollUntil(async () => ((await client.ask(`owner /${name}`)) === sessions.get(name) ? true : undefined), {
        deadlineMs: 30_000,
        describe: () => `the session of ${name}, connected\n${ensemble.report()}`,
      });
    }
  }
  expect(password).not.toEqual(guess(raw.sessionId));
  await expectRefused(await connect(ensemble.server(2).clientPort, raw.sessionId, guess(raw.sessionId)));
  expect(await connect(ensemble.server(2).clientPort, raw.sessionId, password)).toMatchObject({ timeoutMs: 20_000 });

  for (const [name, client] of Object.entries(clients)) {
    expect(await client.ask('session')).toBe(sessions.get(name));
    expect(await client.ask(`owner /${name}`)).toBe(sessions.get(name));
    expect(client.states.filter((state) => state === 'LOST' || state === 'Expired')).toEqual([]);
    await client.close();
  }
}, 90_000);

test('a hosted ensemble from before there were keys goes over to one by itself', async () => {
  const rig = new HostingRig();
  cleanups.push(() => rig.clean());
  const keyFile = path.join(rig.directory, 'session.key');
  // However busy the machine is, its leader stays: a new one would give all sessions their time anew.
  const settings = { tickTime: 200, initLimit: 100, syncLimit: 100, maxSessionTimeout: SHORT_TIMEOUT_MS };
  const before = rig.host({ participants: 3, settings: { ...settings, 'vivarium.sessionPasswords': 'apache' } });
  await before.start();
  const leader = await rig.serving(1, 2, 3);
  const old = await connect(before.server(leader).member.clientPort, 0n, new Uint8Array(16), SHORT_TIMEOUT_MS);
  expect(old.password).toEqual(guess(old.sessionId));
  await before.close();
  rmSync(keyFile);
  rig.modes.clear();

  const after = rig.host({ settings });
  await after.start();
  await rig.serving(1, 2, 3);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  const port = after.server(1).member.clientPort;
  const renewed = await connect(port, old.sessionId, old.password, SHORT_TIMEOUT_MS);
  expect(renewed.sessionId).toBe(old.sessionId);
  expect(renewed.password).not.toEqual(old.password);
  // Once nobody can be left who knows no other: the mark goes, and each server sees that within a second.
  const told = (sid: number): true | undefined =>
    rig.log.some((line) => line.startsWith(`${sid}: `) && line.includes("Apache's are no longer taken")) || undefined;
  const alive = setInterval(() => void renewed.connection.request(op.ping), 500);
  cleanups.push(async () => clearInterval(alive));
  await Promise.all([1, 2, 3].map((sid) => rig.until(() => told(sid), `server ${sid} takes keyed passwords only`)));
  expect(existsSync(`${keyFile}.migrating`)).toBe(false);
  await expectRefused(await connect(port, old.sessionId, old.password));
  expect(await connect(port, old.sessionId, renewed.password)).toMatchObject({ sessionId: old.sessionId });
  const key = readFileSync(keyFile, 'utf8').trim();
  expect(rig.log.join('\n')).not.toContain(key);
  await pollUntil(async () => rig.events.length || undefined, { deadlineMs: 1_000, describe: () => 'traced events' });
  expect(JSON.stringify(rig.events)).not.toContain(key);
}, 120_000);
