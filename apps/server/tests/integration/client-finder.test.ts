/** Who listens where for clients, where no configuration says it. */
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientFinder } from '../../sources/attached/client-finder.ts';
import { DialGuard } from '../../sources/attached/dial-guard.ts';

let foreign: ForeignEnsemble;

beforeAll(async () => {
  foreign = await ForeignEnsemble.start({ flavour: 'vivarium', observers: 0, admin: false, words: 'srvr,conf' });
});

afterAll(() => foreign.stop());

test('servers of one host are told apart by what they say of themselves', async () => {
  const asked = foreign.servers.map(({ ports }) => ({ host: '127.0.0.1', port: ports.client })).reverse();
  const found = new Map<number, number>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const finder = new ClientFinder({
    guard: new DialGuard(null),
    tls: null,
    found: (sid, { port }) => {
      found.set(sid, port);
      if (found.size === asked.length) resolve();
    },
  });
  finder.look(asked);
  await promise;
  finder.close();
  expect([...found].sort()).toEqual(foreign.servers.map(({ sid, ports }) => [sid, ports.client]));
});
