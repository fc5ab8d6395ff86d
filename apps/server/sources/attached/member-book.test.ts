import type { WayReason } from '@vivarium/shared/contract/source';
import { expect, test } from 'vitest';
import { defaultDefinition } from './cluster-definition.ts';
import { DialGuard } from './dial-guard.ts';
import { HostRule } from './host-rule.ts';
import { MemberBook, peersAmong } from './member-book.ts';
import type { ClusterMember } from './members.ts';

interface Dialled {
  readonly members: readonly ClusterMember[];
  readonly refused: WayReason | null;
}

function open(rule: HostRule | null) {
  const told: string[] = [];
  const dialled: Dialled[] = [];
  const { promise, resolve } = Promise.withResolvers<Dialled>();
  const book = new MemberBook(
    defaultDefinition('127.0.0.1:2181', { id: 'a' }),
    [{ host: '127.0.0.1', port: 2181 }],
    new DialGuard(rule),
    {
      event: (sid, { kind }) => told.push(`${sid} ${kind}`),
      dial: (members, _, refused) => {
        dialled.push({ members, refused });
        resolve({ members, refused });
      },
    },
  );
  return { book, told, first: promise, dialled };
}

const INSIDE = 'server.1=10.0.0.5:2888:22:participant;127.0.0.1:2181\nserver.2=127.0.0.1:22:3888:participant;2182';

test('a cluster that was added in a browser cannot lead us to hosts and ports that the rule does not have', async () => {
  const { book, told, first } = open(HostRule.default);
  book.setConfig(INSIDE);
  const { members, refused } = await first;
  expect(told).toEqual(['1 memberAdded', '2 memberAdded']);
  expect(members.map(({ client, quorum, election }) => [client?.host, quorum, election?.port])).toEqual([
    ['127.0.0.1', null, undefined],
    ['127.0.0.1', null, 3888],
  ]);
  expect(peersAmong(members)).toEqual([]);
  expect(refused).toMatchObject({ code: 'notPermitted' });
});

test('what a person has configured is dialled as the cluster tells it', async () => {
  const { book, first } = open(null);
  book.setConfig(INSIDE);
  const { members, refused } = await first;
  expect(peersAmong(members).map(({ quorum, election }) => [quorum, election.port])).toEqual([
    [{ host: '10.0.0.5', port: 2888 }, 22],
    [{ host: '127.0.0.1', port: 22 }, 3888],
  ]);
  expect(refused).toBeNull();
});

test('members come, move and go; a configuration that says the same is no news', async () => {
  const { book, told, first, dialled } = open(null);
  book.assume();
  await first;
  book.setConfig('server.7=h:1:2:participant;127.0.0.1:2181');
  book.setConfig('server.7=h:1:2:participant;127.0.0.1:2181');
  book.setConfig('server.7=h:1:3:observer;127.0.0.1:2181');
  expect(told).toEqual(['1 memberAdded', '1 memberRemoved', '7 memberAdded', '7 memberAdded']);
  await expect.poll(() => dialled.at(-1)?.members.map(({ sid, role }) => [sid, role])).toEqual([[7, 'observer']]);
  expect(book.sidAt({ host: '127.0.0.1', port: 2181 })).toBe(7);
});
