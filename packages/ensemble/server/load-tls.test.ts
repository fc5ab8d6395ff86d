import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigReader } from '../config/config-reader.ts';
import { readQuorumTls } from '../config/quorum-tls.ts';
import { CertificateAuthority } from '../tests/harness/certificates.ts';
import { StartError } from './load-config.ts';
import { type LoadedTls, loadTls } from './load-tls.ts';

let directory: string;
let authority: CertificateAuthority;
let good: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-tls-'));
  authority = new CertificateAuthority(directory);
  good = authority.issue('good');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function load(keys: Readonly<Record<string, string>>): LoadedTls {
  const text = Object.entries({ ...authority.keys(good), ...keys }).map(([key, value]) => `${key}=${value}`);
  const tls = readQuorumTls(new ConfigReader({ file: 'zoo.cfg', text: text.join('\n') }));
  if (tls === null) throw new Error('no TLS');
  return loadTls(tls);
}

function faults(keys: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(keys);
  } catch (error) {
    if (error instanceof StartError) return error.lines;
    throw error;
  }
  return [];
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('files of TLS between servers', () => {
  test('good ones, also encrypted ones and PKCS #12', () => {
    expect(load({}).warnings).toEqual([]);
    const secret = authority.issue('secret', { password: 'open sesame' });
    const passwordPath = file('password', 'open sesame\n');
    expect(
      faults({ 'ssl.quorum.keyStore.location': secret, 'ssl.quorum.keyStore.passwordPath': passwordPath }),
    ).toEqual([]);
    const pkcs12 = authority.toPkcs12(good, 'open sesame');
    expect(faults({ 'ssl.quorum.keyStore.location': pkcs12, 'ssl.quorum.keyStore.password': 'open sesame' })).toEqual(
      [],
    );
  });

  test('PKCS #12 comes with whom to trust beside it, since the file itself may hold other authorities', () => {
    const keys = { 'ssl.quorum.keyStore.location': authority.toPkcs12(good, 'x'), 'ssl.quorum.keyStore.password': 'x' };
    expect(load(keys).anchors?.map(String)).toEqual([authority.text]);
    expect(load({})).not.toHaveProperty('anchors');
  });

  test('a certificate that has expired is told of', () => {
    const [warning, ...more] = load({ 'ssl.quorum.keyStore.location': authority.issue('old', { days: -1 }) }).warnings;
    expect(warning).toMatch(
      /^zoo\.cfg:2: ssl\.quorum\.keyStore\.location: .*old\.pem: its certificate is valid from .* only/,
    );
    expect(more).toEqual([]);
  });

  test('each fault in one line that names the file, without the password', () => {
    const secret = authority.issue('locked', { password: 'open sesame' });
    const other = authority.issue('other');
    const key = readFileSync(good, 'utf8').split('-----BEGIN CERTIFICATE')[0] ?? '';
    const certificate = `-----BEGIN CERTIFICATE${readFileSync(other, 'utf8').split('-----BEGIN CERTIFICATE')[1] ?? ''}`;
    const wrong: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ 'ssl.quorum.keyStore.location': join(directory, 'none.pem') }, 'none.pem: cannot be read (ENOENT)'],
      [{ 'ssl.quorum.keyStore.location': file('key-only.pem', key) }, 'key-only.pem: holds no certificate'],
      [{ 'ssl.quorum.keyStore.location': file('bare.pem', certificate) }, 'bare.pem: holds no private key'],
      [{ 'ssl.quorum.keyStore.location': file('two.pem', key + certificate) }, 'two.pem: cannot be used: '],
      [{ 'ssl.quorum.keyStore.location': secret }, 'holds an encrypted key; set ssl.quorum.keyStore.passwordPath'],
      [
        { 'ssl.quorum.keyStore.location': secret, 'ssl.quorum.keyStore.password': 'wrong one' },
        'locked.pem: cannot be used: ',
      ],
      [{ 'ssl.quorum.keyStore.passwordPath': join(directory, 'none') }, 'keyStore.passwordPath: '],
      [
        {
          'ssl.quorum.keyStore.location': authority.toPkcs12(authority.issue('aged'), 'x', '-legacy'),
          'ssl.quorum.keyStore.password': 'x',
        },
        'Unsupported PKCS12 PFX data; convert it: openssl pkcs12 -legacy -in ',
      ],
      [{ 'ssl.quorum.trustStore.location': file('empty.pem', '') }, 'empty.pem: holds no certificate'],
      [
        {
          'ssl.quorum.trustStore.location': file(
            'torn.pem',
            '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
          ),
        },
        'torn.pem: holds a certificate that cannot be read',
      ],
    ];
    for (const [keys, message] of wrong) {
      const [line = '', ...more] = faults(keys);
      expect(line).toContain(message);
      expect(line).toMatch(/^zoo\.cfg/);
      expect(line).not.toContain('wrong one');
      expect(more).toEqual([]);
    }
  });

  test('faults of both files at once', () => {
    const none = { 'ssl.quorum.keyStore.location': '/none/k.pem', 'ssl.quorum.trustStore.location': '/none/t.pem' };
    expect(faults(none)).toHaveLength(2);
  });
});
