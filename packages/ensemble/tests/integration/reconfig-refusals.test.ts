/** Why a change of the ensemble is refused, in the order in which the reasons are looked at: ours, and Apache's beside it. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bytes, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { RECONFIG, reconfigBody, reconfigure, waitForMembers } from './reconfig/changing-ensemble.ts';

const MARSHALLING = -5;
const UNIMPLEMENTED = -6;
const BAD_ARGUMENTS = -8;
const NO_QUORUM = -13;
const IN_PROGRESS = -14;
const NO_AUTH = -102;
const BAD_VERSION = -103;
const DISABLED = -123;

const AUTH = 100;
const AUTH_XID = -4;
const SUPERUSER = 'super:secret';
/** Nobody is there. */
const LISTENING_NOWHERE = '127.0.0.1:1:2;127.0.0.1:3';

async function openSuperuser(port: number): Promise<RawConnection> {
  const connection = await RawConnection.openSession(port);
  connection.send(requestFrame(AUTH_XID, AUTH, new Bytes().int(0).field('digest').field(SUPERUSER).buffer));
  expect((await connection.nextReply())?.error).toBe(0);
  return connection;
}

describe.each<Flavour>(['vivarium', 'apache'])('%s', (flavours) => {
  test.each([1, 2])('by default nothing is changed: %i server(s)', async (servers) => {
    const ensemble = await TestEnsemble.start({ servers, flavours });
    try {
      expect(await reconfigure(ensemble.server(0), { joining: 'nonsense', version: 7n })).toBe(DISABLED);
    } finally {
      await ensemble.stop();
    }
  });

  test('a server alone cannot become an ensemble', async () => {
    const ensemble = await TestEnsemble.start({ servers: 1, flavours, extra: { reconfigEnabled: true } });
    try {
      expect(await reconfigure(ensemble.server(0), { joining: 'nonsense' })).toBe(UNIMPLEMENTED);
    } finally {
      await ensemble.stop();
    }
  });

  describe('an ensemble that only the superuser may change', () => {
    let ensemble: TestEnsemble;

    beforeAll(async () => {
      const hash = createHash('sha1').update(SUPERUSER).digest('base64');
      const extra = { reconfigEnabled: true, 'DigestAuthenticationProvider.superDigest': `super:${hash}` };
      ensemble = await TestEnsemble.start({ servers: 3, flavours, extra });
    }, 60_000);

    afterAll(() => ensemble?.stop());

    test.each([
      ['another version than the one in force, whatever else', { joining: 'nonsense', version: 7n }, BAD_VERSION],
      ['no server', { joining: 'server.4=nonsense' }, BAD_ARGUMENTS],
      ['no client port', { joining: 'server.4=127.0.0.1:1:2' }, BAD_ARGUMENTS],
      ['nobody left', { leaving: '1,2,3' }, BAD_ARGUMENTS],
      ['one voter, which would be a server alone', { leaving: '1,2' }, BAD_ARGUMENTS],
      [
        'most of it is not there',
        { joining: `server.4=${LISTENING_NOWHERE},server.5=127.0.0.1:4:5;127.0.0.1:6`, leaving: '1,3' },
        NO_QUORUM,
      ],
      ['nothing wrong, but by nobody in particular', { leaving: '3' }, NO_AUTH],
    ])('%s', async (_, change, error) => {
      expect(await reconfigure(ensemble.server(0), change)).toBe(error);
    });

    test('a word where a sid is wanted, which Apache takes for a broken frame', async () => {
      const error = flavours === 'apache' ? MARSHALLING : BAD_ARGUMENTS;
      expect(await reconfigure(ensemble.server(0), { leaving: 'server.3' })).toBe(error);
    });

    test('a sid above 255, which Apache takes and cannot put into the ids of its sessions', async () => {
      const error = flavours === 'apache' ? NO_AUTH : BAD_ARGUMENTS;
      expect(await reconfigure(ensemble.server(0), { joining: 'server.999=127.0.0.1:1:2:observer;3' })).toBe(error);
    });

    test('one at a time, and each of the configuration that it knows', async () => {
      const before = await waitForMembers(ensemble.servers, [1, 2, 3]);
      const leader = await ensemble.waitForLeader();
      const connection = await openSuperuser(leader.clientPort);
      const onlooker = await RawConnection.openSession(leader.clientPort);
      const followers = ensemble.servers.filter((server) => server !== leader);
      await Promise.all(followers.map((server) => server.pause()));
      try {
        const first = requestFrame(1, RECONFIG, reconfigBody({ joining: 'server.4=127.0.0.1:1:2:observer;3' }));
        const second = requestFrame(2, RECONFIG, reconfigBody({ leaving: '1' }));
        connection.send(Buffer.concat([first, second]));
        // The refusal waits for a quorum like all that has a zxid; a read does not, and comes behind both.
        expect((await onlooker.request(op.exists, new Bytes().field('/').byte(0).buffer))?.error).toBe(0);
      } finally {
        for (const server of followers) server.kill('SIGCONT');
      }
      expect([await connection.nextReply(), await connection.nextReply()].map((reply) => reply?.error)).toEqual([
        0,
        IN_PROGRESS,
      ]);
      const after = await waitForMembers(ensemble.servers, [1, 2, 3, 4]);
      const [older, newer] = [before, after].map((lines) => BigInt(`0x${lines.at(-1)?.slice('version='.length)}`));
      const change = { leaving: '4' };
      expect((await connection.request(RECONFIG, reconfigBody({ ...change, version: older ?? 0n })))?.error).toBe(
        BAD_VERSION,
      );
      expect((await connection.request(RECONFIG, reconfigBody({ ...change, version: newer ?? 0n })))?.error).toBe(0);
      await waitForMembers(ensemble.servers, [1, 2, 3]);
      connection.destroy();
      onlooker.destroy();
    });
  });
});
