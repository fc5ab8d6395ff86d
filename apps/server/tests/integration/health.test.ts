/** The health of hosted servers, and words that a person asks, as a script sees them. */
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { Finding, HealthReport, WordAnswer } from '@vivarium/shared/contract/health';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VivariumRig } from '../harness/vivarium-rig.ts';

let rig: VivariumRig;

beforeAll(async () => {
  rig = await VivariumRig.start(['--servers', '3']);
});

afterAll(async () => {
  await rig?.remove();
});

async function report(query = ''): Promise<HealthReport> {
  const { status, body } = await rig.call<HealthReport>('GET', `/api/clusters/local/health${query}`);
  expect(status).toBe(200);
  return body;
}

function until(isSo: (report: HealthReport) => boolean): Promise<HealthReport> {
  let last: HealthReport | null = null;
  const look = async (): Promise<HealthReport | undefined> => {
    last = await report();
    return isSo(last) ? last : undefined;
  };
  return pollUntil(look, { deadlineMs: 30_000, intervalMs: 200, describe: () => JSON.stringify(last, null, 1) });
}

function codes({ findings }: HealthReport): readonly Finding['code'][] {
  return findings.map(({ code }) => code);
}

test('a healthy ensemble, one of whose servers is killed, started, and paused', async () => {
  const healthy = await until(
    ({ word, restart }) => word === 'healthy' && restart.every(({ answer }) => answer === 'yes'),
  );
  expect(healthy.findings).toEqual([]);
  expect(healthy.replicas.map(({ sid, voter }) => [sid, voter])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  expect(healthy.replicas.filter(({ role }) => role?.value === 'leader')).toHaveLength(1);
  expect(healthy.replicas[0]).toMatchObject({
    lastZxid: { origin: 'words' },
    znodes: { origin: 'words' },
    version: { origin: 'words' },
  });
  expect(healthy.blind.map(({ code }) => code)).toEqual(['childListNearLimit', 'dataNearLimit', 'quotaNear']);

  await rig.call('POST', '/api/clusters/local/servers/1/kill');
  const killed = await until((now) => codes(now).includes('serverDown') && codes(now).includes('quorumAtEdge'));
  expect(killed.word).toBe('atRisk');
  const down = killed.findings.find(({ code }) => code === 'serverDown');
  expect(down).toMatchObject({ sids: [1], params: { sid: 1, up: 2, voters: 3, needed: 2, reason: 'refused' } });
  expect(down?.sinceMs).toBeGreaterThan(healthy.atMs);
  expect(killed.restart.map(({ answer }) => answer)).toEqual(['yes', 'no', 'no']);
  expect(killed.restart[1]?.because).toEqual({ code: 'bringBackFirst', sids: [1] });

  await rig.call('POST', '/api/clusters/local/servers/1/start');
  await until(({ word }) => word === 'healthy');
  await rig.call('POST', '/api/clusters/local/servers/1/pause');
  const paused = await until((now) => codes(now).includes('serverSilent'));
  expect(codes(paused)).not.toContain('serverDown');
  await rig.call('POST', '/api/clusters/local/servers/1/resume');
  await until(({ word }) => word === 'healthy');

  const then = await report(`?atMs=${killed.atMs}`);
  expect(then.findings.map(({ id }) => id)).toEqual(killed.findings.map(({ id }) => id));
  expect(then.replicas[2]?.series.znodes.every(([atMs]) => atMs <= killed.atMs)).toBe(true);
});

test('words are asked of one server; what is none is refused', async () => {
  const { body, status } = await rig.call<WordAnswer>('GET', '/api/clusters/local/words/srvr?sid=2');
  expect(status).toBe(200);
  expect(body).toMatchObject({ sid: 2, word: 'srvr', via: 'words', cut: false });
  expect(body.text).toMatch(/^Mode: (leader|follower)$/m);
  const refused = async (path: string) => {
    const answer = await rig.call('GET', path);
    return [answer.status, answer.body.error.code];
  };
  expect(await refused('/api/clusters/local/words/srst?sid=2')).toEqual([400, 'badRequest']);
  expect(await refused('/api/clusters/local/words/srvr')).toEqual([400, 'badRequest']);
  expect(await refused('/api/clusters/local/words/srvr?sid=9')).toEqual([404, 'unknownServer']);
  expect(await refused('/api/clusters/none/health')).toEqual([404, 'unknownCluster']);
});
