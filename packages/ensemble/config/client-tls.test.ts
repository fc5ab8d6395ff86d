import { describe, expect, test } from 'vitest';
import { type ClientTlsConfig, readClientTls } from './client-tls.ts';
import { ConfigReader } from './config-reader.ts';

const STORES = ['ssl.keyStore.location=/k.pem', 'ssl.trustStore.location=/t.pem'];

function read(...lines: string[]): { tls: ClientTlsConfig | null; faults: string[]; warnings: string[] } {
  const reader = new ConfigReader({ file: 'zoo.cfg', text: lines.join('\n') });
  const tls = readClientTls(reader, { host: '0.0.0.0', port: 2181 });
  return { tls, faults: reader.faults, warnings: reader.warnings };
}

describe('the keys of TLS for clients', () => {
  test('none', () => {
    expect(read('client.portUnification=false')).toEqual({ tls: null, faults: [], warnings: [] });
    expect(read(...STORES, 'ssl.quorum.keyStore.location=/q.pem').warnings).toEqual([
      'zoo.cfg:1: ssl.keyStore.location: has no effect without secureClientPort',
      'zoo.cfg:2: ssl.trustStore.location: has no effect without secureClientPort',
    ]);
  });

  test('the fewest', () => {
    const { tls, faults, warnings } = read('secureClientPort=2281', ...STORES);
    expect([...faults, ...warnings]).toEqual([]);
    expect(tls).toMatchObject({
      secureClient: { host: '0.0.0.0', port: 2281 },
      portUnification: false,
      keyStore: { path: '/k.pem', type: 'PEM' },
      trustStore: { path: '/t.pem', type: 'PEM' },
      clientAuth: 'need',
      verifiesClientHost: false,
      versions: { min: 'TLSv1.2', max: 'TLSv1.3' },
      ciphers: null,
    });
  });

  test('all of them', () => {
    const { tls, faults, warnings } = read(
      'secureClientPort=2281',
      'secureClientPortAddress=[::1]',
      'client.portUnification=true',
      'ssl.keyStore.location=/k',
      'ssl.keyStore.type=PKCS12',
      'ssl.keyStore.passwordPath=/p',
      'ssl.trustStore.location=/t',
      'ssl.trustStore.type=PEM',
      'ssl.trustStore.password=secret',
      'ssl.clientAuth=want',
      'ssl.hostnameVerification=false',
      'ssl.clientHostnameVerification=true',
      'ssl.protocol=TLSv1.3',
      'ssl.enabledProtocols=TLSv1.3',
      'ssl.ciphersuites=TLS_AES_256_GCM_SHA384',
    );
    expect([...faults, ...warnings]).toEqual([]);
    expect(tls).toMatchObject({
      secureClient: { host: '::1', port: 2281 },
      portUnification: true,
      keyStore: { path: '/k', type: 'PKCS12', passwordPath: '/p' },
      trustStore: { path: '/t', password: 'secret' },
      clientAuth: 'want',
      verifiesClientHost: true,
      versions: { min: 'TLSv1.3', max: 'TLSv1.3' },
      ciphers: 'TLS_AES_256_GCM_SHA384',
    });
  });

  test('nobody who is not asked for a certificate has to be trusted', () => {
    const { tls, faults } = read('secureClientPort=2281', 'ssl.keyStore.location=/k.pem', 'ssl.clientAuth=none');
    expect(faults).toEqual([]);
    expect(tls).toMatchObject({ clientAuth: 'none', trustStore: null });
  });

  test.each([
    ['secureClientPort=2281', ['ssl.keyStore.location: is missing', 'ssl.trustStore.location: is missing']],
    ['secureClientPort=0', ['secureClientPort: "0" is not valid']],
    ['secureClientPortAddress=localhost', ['secureClientPortAddress: "localhost" has no effect without']],
    ['client.portUnification=yes', ['client.portUnification: "yes" is not valid']],
  ])('%s is a fault', (line, messages) => {
    const { tls, faults } = read(line);
    expect(tls).toBeNull();
    expect(faults).toEqual(messages.map((message) => expect.stringContaining(message)));
  });

  test('one port for both is client.portUnification', () => {
    expect(read('secureClientPort=2181', ...STORES).faults).toEqual([
      'zoo.cfg:1: secureClientPort: 2181 is clientPort too; to take both on one port set client.portUnification',
    ]);
    expect(read('secureClientPort=2181', 'secureClientPortAddress=::1', ...STORES).faults).toEqual([]);
  });

  test.each([
    [
      'ssl.trustStore.type=PKCS12',
      'files of type PKCS12 cannot be read; convert it: openssl pkcs12 -in /t.pem -nokeys',
    ],
    ['ssl.keyStore.type=JKS', 'files of type JKS cannot be read; convert it: keytool'],
    ['ssl.clientAuth=maybe', 'it is need, want or none'],
    ['ssl.enabledProtocols=TLSv1', '"TLSv1" is not supported'],
    ['ssl.ciphersuites=TLS_RSA_WITH_AES_128_CBC_SHA', 'is not supported; TLS_ECDHE'],
    ['ssl.hostnameVerification=1', 'it is true or false'],
    ['ssl.clientHostnameVerification=1', 'it is true or false'],
  ])('%s is a fault too', (line, message) => {
    const { faults } = read('secureClientPort=2281', ...STORES, line);
    expect(faults).toEqual([expect.stringMatching(/^zoo\.cfg:4: ssl\./)]);
    expect(faults[0]).toContain(message);
  });
});
