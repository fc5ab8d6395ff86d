/** Words and the admin server of a real server, each closed in its turn. */
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { AskableWord } from '@vivarium/shared/contract/health';
import type { WayState } from '@vivarium/shared/contract/source';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ApiFailure } from '../../api-failure.ts';
import { Monitor, type MonitorOptions } from '../../monitor/monitor.ts';
import type { ServerSample, ServerValues } from '../../monitor/server-sample.ts';

let foreign: ForeignEnsemble;
const monitors: Monitor[] = [];

beforeAll(async () => {
  // A server alone; of the words it allows two.
  foreign = await ForeignEnsemble.start({ voters: 1, observers: 0, words: 'srvr,conf' });
});

afterEach(() => {
  for (const monitor of monitors.splice(0)) monitor.close();
  for (const door of ['client', 'admin'] as const) for (const proxy of foreign.doors(door)) proxy.mend();
});

afterAll(async () => {
  await foreign?.stop();
});

interface Watched {
  readonly monitor: Monitor;
  readonly samples: readonly ServerSample[];
  /** Waits for a value, and gives its sample. */
  told(name: keyof ServerValues, origin: ServerSample['origin']): Promise<ServerSample>;
  /** Waits until the way stands so. */
  stands(way: 'words' | 'admin', wanted: Partial<WayState>): Promise<WayState>;
}

function watch(given: Partial<MonitorOptions> = {}): Watched {
  const [server] = foreign.servers;
  if (server === undefined) throw new Error('no server');
  const at = (door: 'client' | 'admin') => ({ host: '127.0.0.1', port: foreign.doorOf(server, door).port });
  const samples: ServerSample[] = [];
  const ways = new Map<'words' | 'admin', WayState>();
  const monitor = new Monitor(
    {
      members: [{ sid: 1, client: at('client'), admin: at('admin') }],
      tls: null,
      words: true,
      admin: true,
      pace: { lookMs: 100, adminMs: 200, digestsMs: 200, clientsMs: 200, timeoutMs: 2_000 },
      ...given,
    },
    {
      sample: (sample) => void samples.push(sample),
      wayChanged: (way, _sid, state) => void ways.set(way, state),
    },
  );
  monitors.push(monitor);
  const waited = {
    deadlineMs: 20_000,
    describe: () => JSON.stringify([...ways]),
  };
  return {
    monitor,
    samples,
    told: (name, origin) =>
      pollUntil(
        async () => samples.find((sample) => sample.origin === origin && sample.values[name] !== undefined),
        waited,
      ),
    stands: (way, wanted) =>
      pollUntil(async () => {
        const state = ways.get(way);
        return state !== undefined && state.state === wanted.state && state.reason?.code === wanted.reason?.code
          ? state
          : undefined;
      }, waited),
  };
}

async function failure(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof ApiFailure ? error.error.code : String(error);
}

test('what words may not tell, the admin server tells, and each value knows its way', async () => {
  const { told, stands } = watch();
  expect((await told('mode', 'words')).values).toMatchObject({ mode: 'standalone', version: '3.8.0' });
  expect((await told('lastZxid', 'words')).values.znodes).toBeGreaterThan(3);
  expect((await told('requestMs', 'admin')).values.maxFiles).toBeGreaterThan(100);
  expect((await told('clientPort', 'words')).values.clientPort).toBe(foreign.servers[0]?.ports.client);
  expect((await told('everyWord', 'words')).values.everyWord).toBe(false);
  await told('digests', 'admin');
  const clock = (await told('clockAheadMs', 'admin')).values.clockAheadMs ?? [1, 0];
  expect(clock[0]).toBeLessThanOrEqual(0);
  expect(clock[1]).toBeGreaterThanOrEqual(0);
  const words = await stands('words', { state: 'open', reason: { code: 'notAllowed', params: {} } });
  expect(words.reason?.params).toEqual({ word: 'mntr' });
  expect((await stands('admin', { state: 'open' })).reason).toBeNull();
});

test('without its client port the admin server is enough', async () => {
  for (const proxy of foreign.doors('client')) proxy.silence();
  const { told, stands, samples } = watch({ pace: { lookMs: 100, timeoutMs: 300, adminMs: 200 } });
  await stands('words', { state: 'closed', reason: { code: 'silent', params: {} } });
  expect((await told('lastZxid', 'admin')).values.mode).toBe('standalone');
  await told('requestMs', 'admin');
  expect(samples.every(({ origin }) => origin === 'admin')).toBe(true);
});

test('without either the reasons are known, and it is found again', async () => {
  for (const door of ['client', 'admin'] as const) for (const proxy of foreign.doors(door)) proxy.cut();
  const { told, stands, samples } = watch();
  await stands('words', { state: 'closed', reason: { code: 'unreachable', params: {} } });
  await stands('admin', { state: 'closed', reason: { code: 'unreachable', params: {} } });
  expect(samples).toEqual([]);
  for (const door of ['client', 'admin'] as const) for (const proxy of foreign.doors(door)) proxy.mend();
  await told('mode', 'words');
  await told('mode', 'admin');
});

test('a port that says something else is garbage', async () => {
  for (const proxy of foreign.doors('client')) proxy.answerWith(new TextEncoder().encode('SSH-2.0-OpenSSH_9.2\r\n'));
  for (const proxy of foreign.doors('admin'))
    proxy.answerWith(new TextEncoder().encode('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]'));
  const { stands, samples } = watch({ pace: { lookMs: 100, timeoutMs: 300, adminMs: 200, digestsMs: 200 } });
  await stands('words', { state: 'closed', reason: { code: 'garbage', params: {} } });
  await stands('admin', { state: 'closed', reason: { code: 'garbage', params: {} } });
  expect(samples).toEqual([]);
});

test('what is turned off is not tried', async () => {
  const { told, samples } = watch({ words: false });
  await told('mode', 'admin');
  expect(samples.every(({ origin }) => origin === 'admin')).toBe(true);
  const [client] = foreign.doors('client');
  expect(client?.open).toBe(0);
});

test('a word on demand: by the client port, by the admin server, or why not; many who ask are one request', async () => {
  const { told, monitor } = watch();
  await told('mode', 'admin');
  expect(await monitor.ask(1, 'conf')).toMatchObject({ sid: 1, word: 'conf', via: 'words', cut: false });
  const [admin] = foreign.doors('admin');
  const dear: AskableWord = 'wchp';
  const before = admin?.passed.connections ?? 0;
  const answers = await Promise.all(Array.from({ length: 50 }, () => monitor.ask(1, dear)));
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatchObject({ via: 'admin' });
  expect(JSON.parse(answers[0]?.text ?? '')).toMatchObject({ path_to_session_ids: {} });
  // The looks go on beside it.
  expect((admin?.passed.connections ?? 0) - before).toBeLessThan(10);
  expect(await failure(monitor.ask(7, 'srvr'))).toBe('unknownServer');
  const wordsAlone = watch({ admin: false });
  await wordsAlone.told('mode', 'words');
  expect(await failure(wordsAlone.monitor.ask(1, 'wchc'))).toBe('wordNotAllowed');
  for (const proxy of foreign.doors('client')) proxy.cut();
  expect(await failure(wordsAlone.monitor.ask(1, 'mntr'))).toBe('wordNotAnswered');
});
