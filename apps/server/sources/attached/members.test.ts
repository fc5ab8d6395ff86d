import { parseConnectString } from '@vivarium/client/connect-string';
import { expect, test } from 'vitest';
import { type MemberSources, membershipOf } from './members.ts';

function find(connect: string, config: string | null, more: Partial<MemberSources> = {}) {
  const { servers } = parseConnectString(connect);
  const { members, ...rest } = membershipOf({
    config,
    connect: servers,
    reached: null,
    identified: new Map(),
    overrides: [],
    ...more,
  });
  const text = (place: { host: string; port: number } | null): string =>
    place === null ? '-' : `${place.host}:${place.port}`;
  const lines = members.map(
    ({ sid, role, client, quorum, election }) => `${sid} ${role} ${text(client)} ${text(quorum)} ${text(election)}`,
  );
  return { lines, ...rest };
}

test('what the configuration says, with wildcards and hosts that only their own machine understands', () => {
  const config = [
    'server.1=zk1:2888:3888:participant;0.0.0.0:2181',
    'server.2=zk2:2888:3888:participant;2181',
    'server.3=127.0.0.1:2888:3888:observer;0.0.0.0:2183',
    'version=100000000',
  ].join('\n');
  expect(find('zk1:2181,zk2:2181,zk3:2183', config).lines).toEqual([
    '1 participant zk1:2181 zk1:2888 zk1:3888',
    '2 participant zk2:2181 zk2:2888 zk2:3888',
    '3 observer zk3:2183 zk3:2888 zk3:3888',
  ]);
  // On this machine 127.0.0.1 is what it says.
  expect(find('127.0.0.1:2181', config).lines[2]).toBe('3 observer 127.0.0.1:2183 127.0.0.1:2888 127.0.0.1:3888');
});

test('client ports that no configuration tells', () => {
  const config = 'server.1=zk1:2888:3888\nserver.2=ZK2:2888:3888:participant\nversion=0';
  expect(find('zk1:2181,zk2:2182', config).lines).toEqual([
    '1 participant zk1:2181 zk1:2888 zk1:3888',
    '2 participant zk2:2182 ZK2:2888 ZK2:3888',
  ]);
  expect(find('zk9:2185', config).lines[0]).toBe('1 participant zk1:2185 zk1:2888 zk1:3888');
  const oneHost = 'server.1=h:1:2\nserver.2=h:3:4\nserver.3=h:5:6';
  const identified = new Map([
    [1, { host: 'h', port: 22 }],
    [3, { host: 'h', port: 21 }],
  ]);
  expect(find('h:21,h:22,h:23', oneHost, { identified }).lines).toEqual([
    '1 participant h:22 h:1 h:2',
    // The only address that is left.
    '2 participant h:23 h:3 h:4',
    '3 participant h:21 h:5 h:6',
  ]);
  expect(find('h:21,h:22,h:23', oneHost).lines[0]).toBe('1 participant - h:1 h:2');
});

test('several addresses, groups, and lines that are none', () => {
  const config = [
    'server.1=a:2888:3888|b:2888:3888:participant;2181',
    'server.2=c:2888:3888:participant;2181',
    'group.1=1',
    'group.2=2',
    'weight.1=3',
    'weight.2=1',
    'server.x=nonsense',
    'server.9=nonsense',
    'dynamic.thing=from the future',
  ].join('\n');
  const { lines, groups, isTold } = find('a:2181', config);
  expect(lines).toEqual(['1 participant a:2181 a:2888 a:3888', '2 participant c:2181 c:2888 c:3888']);
  expect(isTold).toBe(true);
  // A server that cannot be read makes groups that cannot be counted.
  expect(groups).toBeNull();
  expect(find('a:2181', config.replace('server.9=nonsense\n', '')).groups).toMatchObject({
    weights: new Map([
      [1, 3],
      [2, 1],
    ]),
  });
});

test('where nobody tells, the servers of the connect string are numbered; what a person says wins', () => {
  expect(find('a:1,b:2', null)).toMatchObject({
    lines: ['1 participant a:1 - -', '2 participant b:2 - -'],
    isTold: false,
  });
  const quorum = { host: 'q', port: 2888 };
  const override = { sid: 2, role: 'observer', client: null, quorum, election: null, admin: null } as const;
  expect(find('a:1,b:2', null, { overrides: [override] })).toMatchObject({
    lines: ['1 participant a:1 - -', '2 observer b:2 q:2888 -'],
    isTold: true,
  });
});
