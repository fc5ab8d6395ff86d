import { expect, test } from 'vitest';
import { isDistinguishedName } from './distinguished-name.ts';

test.each([
  '',
  'CN=ann',
  'CN=ann,OU=people,O=Example\\, Inc.,C=NL',
  'cn=ann + uid=7, o="Example, Inc."',
  '2.5.4.3=ann',
  'OID.2.5.4.3=ann',
  'CN=',
  'EMAILADDRESS=ann@example.org,DC=example,DC=org',
  'CN=é語',
])('%j is a name', (text) => {
  expect(isDistinguishedName(text)).toBe(true);
});

test.each(['ann', 'CN', '=ann', 'CN=ann,', ',CN=ann', 'CN=ann,,O=x', 'NOBODYS=x', 'CN="ann', 'CN=a"b"c<', 'CN=ann\\'])(
  '%j is none',
  (text) => {
    expect(isDistinguishedName(text)).toBe(false);
  },
);
