import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import type { ReconfigRequest } from '@vivarium/wire/requests';
import { describe, expect, test } from 'vitest';
import { type Configuration, configText, parseConfiguration, versionIn } from './configuration.ts';
import { planReconfiguration } from './reconfiguration.ts';

const VERSION = 0x100000000n;
const SERVERS = [1, 2, 3].map((sid) => `server.${sid}=h${sid}:1:2:participant;0.0.0.0:3`);

function configuration(...lines: string[]): Configuration {
  const parsed = parseConfiguration([...lines, `version=${VERSION.toString(16)}`].join('\n'));
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.configuration;
}

function plan(
  given: Partial<ReconfigRequest>,
  committed = configuration(...SERVERS),
  minVoters = 2,
): string[] | number {
  const none = { type: OpCode.reconfig, joining: null, leaving: null, newMembers: null, curConfigId: -1n } as const;
  const planned = planReconfiguration({ ...none, ...given }, committed, minVoters, 0x100000005n);
  return planned.ok ? configText(planned.configuration).split('\n') : planned.err;
}

describe('a reconfiguration', () => {
  test('takes servers out and puts others in; its version is its own zxid', () => {
    const joining = 'server.5=h5:1:2:observer;3, server.2=h2:1:2:observer;0.0.0.0:3';
    expect(plan({ joining, leaving: '1,9' }, configuration(...SERVERS), 1)).toEqual([
      'server.2=h2:1:2:observer;0.0.0.0:3',
      'server.3=h3:1:2:participant;0.0.0.0:3',
      'server.5=h5:1:2:observer;0.0.0.0:3',
      'version=100000005',
    ]);
    expect(plan({ joining, leaving: '1,9' }, configuration(...SERVERS), 2)).toBe(ErrorCode.BADARGUMENTS);
  });

  test('names all servers, by commas or lines, and may put them into groups', () => {
    const lines = [...SERVERS.slice(0, 2), 'group.1=1', 'group.2=2', 'weight.1=1', 'weight.2=1', 'version=100000005'];
    expect(plan({ newMembers: lines.slice(0, 4).join(',') })).toEqual(lines);
    expect(plan({ newMembers: lines.slice(0, 4).join('\n') })).toEqual(lines);
  });

  test('is of the configuration that the client knows, or of whichever it is', () => {
    expect(plan({ leaving: '3', curConfigId: VERSION })).toHaveLength(3);
    expect(plan({ leaving: '3', curConfigId: 1n })).toBe(ErrorCode.BADVERSION);
  });

  test.each<[string, Partial<ReconfigRequest>]>([
    ['no client port', { joining: 'server.5=h5:1:2' }],
    ['no election port', { joining: 'server.5=h5:1;3' }],
    ['no server', { joining: 'h5:1:2;3' }],
    ['no sid', { leaving: 'server.1' }],
    ['an address that is used', { joining: 'server.5=h1:1:9;3' }],
    ['another address for a server', { joining: 'server.1=h1:7:8;3' }],
    ['another client port for a server', { joining: 'server.1=h1:1:2;9' }],
    ['too few voters', { leaving: '1,2' }],
    ['nobody', { newMembers: '' }],
    ['an unknown line', { newMembers: `${SERVERS.join(',')},tickTime=5` }],
    ['a server twice', { newMembers: [...SERVERS, SERVERS[0]].join(',') }],
    ['a group of strangers', { newMembers: `${SERVERS.join(',')},group.1=1:2:3:4` }],
  ])('%s: BADARGUMENTS', (_, given) => {
    expect(plan(given)).toBe(ErrorCode.BADARGUMENTS);
  });

  test('of groups is one of the whole', () => {
    const grouped = configuration(...SERVERS, 'group.1=1:2:3');
    expect(plan({ leaving: '3' }, grouped)).toBe(ErrorCode.BADARGUMENTS);
    expect(plan({ newMembers: SERVERS.join(',') }, grouped)).toHaveLength(4);
  });

  test('the version is found in a text as it is by reading all of it', () => {
    const text = configText(configuration(...SERVERS));
    expect(versionIn(text)).toBe(VERSION);
    expect(versionIn(SERVERS.join('\n'))).toBe(0n);
  });
});
