import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../tests/harness/certificates.ts';
import { certificateSubject } from './certificate-subject.ts';

let directory: string;
let authority: CertificateAuthority;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-subject-'));
  authority = new CertificateAuthority(directory);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function der(subject: string): Buffer {
  return new X509Certificate(readFileSync(authority.issue('holder', { subject }))).raw;
}

describe('the subject of a certificate', () => {
  // What X500Principal.getName of Java 17 says of the same certificates.
  test.each([
    [
      '/C=DE/ST=Bavaria/L=Munich/O=Example, Inc./OU=A B/CN=client',
      'CN=client,OU=A B,O=Example\\, Inc.,L=Munich,ST=Bavaria,C=DE',
    ],
    ['/DC=org/DC=example/UID=jdoe/CN=John Doe', 'CN=John Doe,UID=jdoe,DC=example,DC=org'],
    [
      '/CN=Jürgen/emailAddress=a@b.example/serialNumber=17',
      '2.5.4.5=#13023137,1.2.840.113549.1.9.1=#160b6140622e6578616d706c65,CN=Jürgen',
    ],
    ['/O=X/CN=a+UID=b+OU=c', 'CN=a+OU=c+UID=b,O=X'],
    ['/CN= leading and trailing ', 'CN=\\ leading and trailing\\ '],
    ['/CN=#hash = <tag>;"q"', 'CN=\\#hash \\= \\<tag\\>\\;\\"q\\"'],
    ['/street=Main St. 1/title=Dr/CN=日本語', 'CN=日本語,2.5.4.12=#0c024472,STREET=Main St. 1'],
  ])('%s', (subject, name) => {
    expect(certificateSubject(der(subject))).toBe(name);
  });

  test('bytes that are no certificate', () => {
    const good = der('/CN=x');
    for (let length = 0; length < good.length; length++) {
      expect(() => certificateSubject(good.subarray(0, length))).toThrow(RangeError);
    }
    expect(() => certificateSubject(new Uint8Array([0x30, 0x80, 0, 0]))).toThrow(RangeError);
  });
});
