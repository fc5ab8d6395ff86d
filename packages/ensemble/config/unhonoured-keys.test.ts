import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unhonouredFamilies, unhonouredKeys } from './unhonoured-keys.ts';
import { type ParsedConfig, parseZooConfig } from './zoo-config.ts';

function parse(...lines: string[]): ParsedConfig {
  return parseZooConfig({ file: 'zoo.cfg', text: ['dataDir=/data', 'clientPort=2181', ...lines].join('\n') });
}

const TLS = ['sslQuorum=true', 'client.portUnification=true'].concat(
  ['ssl.', 'ssl.quorum.'].flatMap((prefix) => [
    `${prefix}keyStore.location=k.pem`,
    `${prefix}trustStore.location=t.pem`,
  ]),
);

/** What is said of one line, where TLS is spoken. */
function said(line: string): { strength: 'fault' | 'warning'; text: string } | null {
  const parsed = parse(line, ...TLS);
  const [fault, ...faults] = parsed.ok ? [] : parsed.faults;
  const [warning, ...warnings] = parsed.warnings;
  expect([...faults, ...warnings]).toEqual([]);
  if (fault !== undefined) return { strength: 'fault', text: fault };
  return warning === undefined ? null : { strength: 'warning', text: warning };
}

describe('keys of Apache that are not honoured', () => {
  test.each([...unhonouredKeys])('%s is named with what becomes of it', (key, { strength, text, harmless }) => {
    expect(said(`${key}=surely`)).toEqual({
      strength,
      text: `zoo.cfg:3: ${key}: ${strength === 'fault' ? '' : 'has no effect: '}${text}`,
    });
    for (const value of harmless) expect(said(`${key}=${value.toUpperCase()}`)).toBeNull();
  });

  test.each([...unhonouredFamilies])('%s… too', (prefix, { strength, text }) => {
    const found = said(`${prefix}newest=1`);
    expect(found?.strength).toBe(strength);
    expect(found?.text).toContain(text);
  });

  test('each has a row in docs/configuration.md', () => {
    const document = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    const names = [...unhonouredKeys.keys(), ...[...unhonouredFamilies.keys()].map((prefix) => `${prefix}…`)];
    expect(names.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
  });

  test('an unknown key is a warning', () => {
    expect(said('fantasyKey=x')?.text).toBe('zoo.cfg:3: fantasyKey: is an unknown key and has no effect');
  });

  test('authProvider: those that are there anyway, and others', () => {
    expect(said('authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider')).toBeNull();
    expect(said('authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider')).toEqual({
      strength: 'fault',
      text: expect.stringMatching(
        /^zoo\.cfg:3: authProvider\.1: names an authentication that this server does not have/,
      ),
    });
  });

  test('a key that asks for authentication between servers by SASL is a fault: it must not be missing in secret', () => {
    const keys = ['enableSasl=true', 'serverRequireSasl=yes', 'learnerRequireSasl=false', 'server.loginContext=Q'];
    const parsed = parse(...keys.map((key) => `quorum.auth.${key}`));
    expect(!parsed.ok && parsed.faults).toEqual([
      expect.stringMatching(/^zoo\.cfg:3: quorum\.auth\.enableSasl: asks for SASL/),
      expect.stringMatching(/^zoo\.cfg:4: quorum\.auth\.serverRequireSasl: asks for SASL/),
    ]);
    expect(parsed.warnings).toEqual([expect.stringMatching(/^zoo\.cfg:6: .*has no effect/)]);
  });
});
