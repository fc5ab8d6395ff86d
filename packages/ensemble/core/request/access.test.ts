import { type Acl, type Id, Perms } from '@vivarium/shared/acl';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { describe, expect, test } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { digestIds, initialIds, isPermitted, maskedAcl, storedAcl, userOf } from './access.ts';

const config = testServerConfig();
const HERE: Id = { scheme: 'ip', id: '10.0.0.1' };
const ANN = digestIds(config, encodeUtf8('ann:one'));
const BOB = digestIds(config, encodeUtf8('bob:two'));

function entry(perms: number, scheme: string, id: string): Acl {
  return { perms, id: { scheme, id } };
}

describe('who is permitted', () => {
  test.each<[string, Acl[], Id[], boolean]>([
    ['anyone where the world may', [entry(Perms.READ, 'world', 'anyone')], [], true],
    ['nobody where the world may do something else', [entry(Perms.WRITE, 'world', 'anyone')], [], false],
    ['everybody by an empty ACL', [], [], true],
    ['who has the digest', [entry(Perms.ALL, 'digest', ANN[0]?.id ?? '')], ANN, true],
    ['not who has another', [entry(Perms.ALL, 'digest', ANN[0]?.id ?? '')], BOB, false],
    ['who has one of several', [entry(Perms.ALL, 'digest', ANN[0]?.id ?? '')], [...BOB, ...ANN], true],
    ['who is in the network', [entry(Perms.ALL, 'ip', '10.0.0.0/24')], [HERE], true],
    ['not who is outside', [entry(Perms.ALL, 'ip', '10.0.1.0/24')], [HERE], false],
    [
      'not by an id of another scheme',
      [entry(Perms.ALL, 'ip', '10.0.0.1')],
      [{ scheme: 'digest', id: '10.0.0.1' }],
      false,
    ],
    ['the superuser', [entry(0, 'world', 'anyone')], [{ scheme: 'super', id: '' }], true],
  ])('%s', (_, acl, ids, expected) => {
    expect(isPermitted(config, acl, Perms.READ, ids)).toBe(expected);
  });

  test('everybody with skipACL', () => {
    expect(isPermitted(testServerConfig({ skipAcl: true }), [entry(0, 'world', 'anyone')], Perms.READ, [])).toBe(true);
  });
});

describe('which ACL is stored', () => {
  test('duplicates once', () => {
    const open = entry(31, 'world', 'anyone');
    expect(storedAcl([open, entry(1, 'world', 'anyone'), open], [])).toEqual([open, entry(1, 'world', 'anyone')]);
  });

  test('auth stands for all that was proved, and an address proves nothing', () => {
    const certificate: Id = { scheme: 'x509', id: 'CN=ann' };
    const asked = [entry(3, 'auth', 'ignored')];
    expect(storedAcl(asked, [HERE, ...ANN, certificate])).toEqual([
      { perms: 3, id: ANN[0] },
      { perms: 3, id: certificate },
    ]);
    expect(storedAcl(asked, [HERE])).toBeNull();
    expect(storedAcl(asked, [HERE, { scheme: 'super', id: '' }])).toBeNull();
  });

  test.each<[string, string]>([
    ['world', 'everyone'],
    ['digest', 'ann'],
    ['digest', 'ann:'],
    ['ip', 'localhost'],
    ['ip', '10.0.0.0/33'],
    ['sasl', 'ann@EXAMPLE.ORG'],
    ['super', ''],
    ['', ''],
    ['x509', 'ann'],
  ])('not %s:%s', (scheme, id) => {
    expect(storedAcl([entry(31, scheme, id)], [HERE, ...ANN])).toBeNull();
  });

  test.each<[string, string]>([
    ['world', 'anyone'],
    ['digest', 'ann:hash'],
    ['ip', '10.0.0.0/8'],
    ['ip', '2001:db8::/32'],
    ['x509', 'CN=ann,O=Example'],
  ])('%s:%s', (scheme, id) => {
    expect(storedAcl([entry(31, scheme, id)], [])).toEqual([entry(31, scheme, id)]);
  });

  test('none of more entries than a transaction can have, however short it was asked for', () => {
    const asked = Array.from({ length: 33_000 }, (_, perms) => entry(perms, 'auth', ''));
    expect(storedAcl(asked, ANN)).toHaveLength(33_000);
    expect(storedAcl(asked, [...ANN, ...BOB])).toBeNull();
  });

  test('none that is null or empty', () => {
    expect(storedAcl(null, ANN)).toBeNull();
    expect(storedAcl([], ANN)).toBeNull();
  });
});

describe('who somebody is', () => {
  test('an address, and the subject of a certificate', () => {
    expect(initialIds(config, '10.0.0.1:5', null)).toEqual([HERE]);
    expect(initialIds(config, '10.0.0.1:5', 'CN=ann')).toEqual([HERE, { scheme: 'x509', id: 'CN=ann' }]);
  });

  test('the superuser by certificate, by password', () => {
    const ofRoot = testServerConfig({ x509SuperUser: 'CN=root' });
    expect(initialIds(ofRoot, '10.0.0.1:5', 'CN=root')).toContainEqual({ scheme: 'super', id: 'CN=root' });
    const superDigest = ANN[0]?.id ?? '';
    expect(digestIds(testServerConfig({ superDigest }), encodeUtf8('ann:one'))[0]?.scheme).toBe('super');
    expect(digestIds(testServerConfig({ superDigest }), encodeUtf8('ann:two'))[0]?.scheme).toBe('digest');
  });

  test('a name without what proves it', () => {
    expect([...ANN, HERE, { scheme: 'super', id: 'x' }].map(userOf)).toEqual(['ann', '10.0.0.1', '']);
  });
});

test('security 14: hashes of passwords are masked', () => {
  expect(maskedAcl([entry(31, 'digest', ANN[0]?.id ?? ''), entry(1, 'ip', '10.0.0.1')])).toEqual([
    entry(31, 'digest', 'ann:x'),
    entry(1, 'ip', '10.0.0.1'),
  ]);
});
