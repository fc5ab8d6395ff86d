import { describe, expect, test } from 'vitest';
import { formatServerSpec, parseServerSpec } from './server-spec.ts';

describe('a server spec', () => {
  test.each([
    ['h:2888:3888', 'h:2888:3888:participant'],
    ['h:2888:3888:observer', 'h:2888:3888:observer'],
    ['h:2888:3888:OBSERVER', 'h:2888:3888:observer'],
    ['h:2888:3888;2181', 'h:2888:3888:participant;0.0.0.0:2181'],
    ['h:2888:3888:participant;10.0.0.1:2181', 'h:2888:3888:participant;10.0.0.1:2181'],
    ['[::1]:2888:3888;[::1]:2181', '[::1]:2888:3888:participant;[::1]:2181'],
    [' zk-1.example.com:1:65535 ', 'zk-1.example.com:1:65535:participant'],
  ])('%s is read', (text, formatted) => {
    const parsed = parseServerSpec(text);
    expect(parsed.ok && formatServerSpec(parsed.spec)).toBe(formatted);
  });

  test('hosts come without brackets', () => {
    const parsed = parseServerSpec('[fe80::1]:1:2;[::]:3');
    expect(parsed).toEqual({
      ok: true,
      spec: {
        quorum: { host: 'fe80::1', port: 1 },
        election: { host: 'fe80::1', port: 2 },
        role: 'participant',
        client: { host: '::', port: 3 },
      },
    });
  });

  test.each([
    '',
    'nonsense',
    'h:1',
    'h:1:2:king',
    'h:1:2:observer:3',
    'h:0:2',
    'h:1:70000',
    'h:x:2',
    ':1:2',
    'two words:1:2',
    '[::1:1:2',
    '[::1]1:2',
    'h:1:2;',
    'h:1:2;x',
    'h:1:2;3;4',
    'h:1:2|i:3:4',
  ])('%j is refused, and the message shows it', (text) => {
    const parsed = parseServerSpec(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.fault).toContain(text);
  });
});
