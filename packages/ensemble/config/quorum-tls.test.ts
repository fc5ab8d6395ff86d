import { describe, expect, test } from 'vitest';
import { ConfigReader } from './config-reader.ts';
import { type QuorumTlsConfig, readQuorumTls } from './quorum-tls.ts';
import { judgeRest } from './unhonoured-keys.ts';

const STORES = ['ssl.quorum.keyStore.location=/k.pem', 'ssl.quorum.trustStore.location=/t.pem'];

function read(...lines: string[]): { tls: QuorumTlsConfig | null; faults: string[]; warnings: string[] } {
  const reader = new ConfigReader({ file: 'zoo.cfg', text: lines.join('\n') });
  const tls = readQuorumTls(reader);
  judgeRest(reader);
  return { tls, faults: reader.faults, warnings: reader.warnings };
}

describe('the keys of TLS between servers', () => {
  test('none', () => {
    expect(read('sslQuorum=false')).toEqual({ tls: null, faults: [], warnings: [] });
    expect(read(...STORES).warnings).toEqual([
      'zoo.cfg:1: ssl.quorum.keyStore.location: has no effect without sslQuorum=true',
      'zoo.cfg:2: ssl.quorum.trustStore.location: has no effect without sslQuorum=true',
    ]);
  });

  test('the fewest', () => {
    const { tls, faults, warnings } = read('sslQuorum=true', ...STORES);
    expect([...faults, ...warnings]).toEqual([]);
    expect(tls).toMatchObject({
      dials: true,
      takesPlainText: false,
      keyStore: { path: '/k.pem', type: 'PEM', password: null, passwordPath: null },
      trustStore: { path: '/t.pem', type: 'PEM' },
      hostnameVerification: true,
      clientAuth: 'need',
      versions: { min: 'TLSv1.2', max: 'TLSv1.3' },
      ciphers: null,
    });
  });

  test('all of them', () => {
    const { tls, faults, warnings } = read(
      'sslQuorum=false',
      'portUnification=true',
      'ssl.quorum.keyStore.location=/k',
      'ssl.quorum.keyStore.type=pkcs12',
      'ssl.quorum.keyStore.password=secret',
      'ssl.quorum.trustStore.location=/t',
      'ssl.quorum.trustStore.type=PEM',
      'ssl.quorum.trustStore.passwordPath=/p',
      'ssl.quorum.hostnameVerification=false',
      'ssl.quorum.clientAuth=WANT',
      'ssl.quorum.protocol=TLS',
      'ssl.quorum.enabledProtocols=TLSv1.2',
      'ssl.quorum.ciphersuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,TLS_AES_128_GCM_SHA256',
      'ssl.quorum.crl=false',
    );
    expect([...faults, ...warnings]).toEqual([]);
    expect(tls).toMatchObject({
      dials: false,
      takesPlainText: true,
      keyStore: { path: '/k', type: 'PKCS12', password: 'secret' },
      trustStore: { passwordPath: '/p' },
      hostnameVerification: false,
      clientAuth: 'want',
      versions: { min: 'TLSv1.2', max: 'TLSv1.2' },
      ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:TLS_AES_128_GCM_SHA256',
    });
  });

  test.each([
    ['ssl.quorum.protocol=TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    ['ssl.quorum.protocol=TLSv1.3', 'TLSv1.2', 'TLSv1.3'],
    ['ssl.quorum.enabledProtocols=TLSv1.3', 'TLSv1.3', 'TLSv1.3'],
    ['ssl.quorum.enabledProtocols=TLSv1.3,TLSv1.2', 'TLSv1.2', 'TLSv1.3'],
  ])('%s', (line, min, max) => {
    expect(read('sslQuorum=true', ...STORES, line).tls?.versions).toEqual({ min, max });
  });

  test.each([
    ['ssl.quorum.protocol=TLSv1.1', '"TLSv1.1" is not supported'],
    ['ssl.quorum.enabledProtocols=TLSv1.2,SSLv3', '"SSLv3" is not supported'],
    ['ssl.quorum.ciphersuites=TLS_RSA_WITH_AES_128_CBC_SHA', '"TLS_RSA_WITH_AES_128_CBC_SHA" is not supported'],
    ['ssl.quorum.clientAuth=maybe', '"maybe" is not valid; it is need, want or none'],
    ['ssl.quorum.hostnameVerification=yes', 'it is true or false'],
    ['ssl.quorum.crl=true', 'which is not looked at here; remove the key'],
    ['ssl.quorum.context.supplier.class=org.X', 'is not supported; remove it'],
    ['ssl.quorum.keyStore.type=JKS', 'files of type JKS cannot be read; convert it: keytool -importkeystore'],
    ['ssl.quorum.trustStore.type=PKCS12', 'files of type PKCS12 cannot be read; convert it: openssl pkcs12 -in /t.pem'],
    ['ssl.quorum.keyStore.type=DER', 'set ssl.quorum.keyStore.type to PEM or PKCS12'],
  ])('%s is a fault', (line, message) => {
    const { faults } = read('sslQuorum=true', ...STORES, line);
    expect(faults).toEqual([expect.stringMatching(/^zoo\.cfg:4: ssl\.quorum\./)]);
    expect(faults[0]).toContain(message);
  });

  test('missing files, and one whose name does not tell its type', () => {
    expect(read('sslQuorum=true').faults).toEqual([
      expect.stringContaining('zoo.cfg: ssl.quorum.keyStore.location: is missing; it names the file'),
      expect.stringContaining('zoo.cfg: ssl.quorum.trustStore.location: is missing; it names the file'),
    ]);
    const { faults } = read(
      'sslQuorum=true',
      'ssl.quorum.keyStore.location=/keys',
      'ssl.quorum.trustStore.location=/t.jks',
    );
    expect(faults).toEqual([
      expect.stringContaining('zoo.cfg:2: ssl.quorum.keyStore.location: the type of the file is not known by its name'),
      expect.stringContaining('zoo.cfg:3: ssl.quorum.trustStore.location: files of type JKS cannot be read'),
    ]);
  });
});
