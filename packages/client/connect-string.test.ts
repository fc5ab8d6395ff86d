import { describe, expect, it } from 'vitest';
import { ConnectStringError, formatAddress, parseConnectString } from './connect-string.ts';

describe('a connect string', () => {
  it('lists servers, with the default port where none is given', () => {
    expect(parseConnectString('a:1, b.example:65535 ,,c')).toEqual({
      servers: [
        { host: 'a', port: 1 },
        { host: 'b.example', port: 65_535 },
        { host: 'c', port: 2181 },
      ],
      chroot: '',
    });
  });

  it('has IPv6 addresses in brackets, and is written so again', () => {
    const { servers } = parseConnectString('[::1]:2182,[fe80::1%eth0]');
    expect(servers).toEqual([
      { host: '::1', port: 2182 },
      { host: 'fe80::1%eth0', port: 2181 },
    ]);
    expect(servers.map(formatAddress)).toEqual(['[::1]:2182', '[fe80::1%eth0]:2181']);
  });

  it('ends with a chroot, which is none if it is the root', () => {
    expect(parseConnectString('a:1,b:2/app/one').chroot).toBe('/app/one');
    expect(parseConnectString('a:1/').chroot).toBe('');
  });

  it.each([
    ['', 'noServer', ''],
    [',', 'noServer', ','],
    ['/app', 'noServer', '/app'],
    ['a:0', 'badPort', 'a:0'],
    ['a:65536', 'badPort', 'a:65536'],
    ['a:', 'badPort', 'a:'],
    ['a:x', 'badPort', 'a:x'],
    ['::1', 'badServer', '::1'],
    ['[::1', 'badServer', '[::1'],
    ['a b:1', 'badServer', 'a b:1'],
    ['a:1/app/', 'badChroot', '/app/'],
    ['a:1//app', 'badChroot', '//app'],
  ])('%j is refused as %s', (text, fault, part) => {
    expect(() => parseConnectString(text)).toThrow(expect.objectContaining({ fault, part }));
    expect(() => parseConnectString(text)).toThrow(ConnectStringError);
  });
});
