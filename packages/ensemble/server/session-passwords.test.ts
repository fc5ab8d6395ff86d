import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseZooConfig, type ZooConfig } from '../config/zoo-config.ts';
import { StartError } from './load-config.ts';
import { sessionPasswords } from './session-passwords.ts';

const KEY = '00112233445566778899aabbccddeeff';
const ENSEMBLE = ['initLimit=1', 'syncLimit=1', ...[1, 2, 3].map((sid) => `server.${sid}=h${sid}:1:2`)];

let directory: string;
let keyFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-key-'));
  keyFile = join(directory, 'session.key');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function config(...lines: string[]): ZooConfig {
  const text = [`dataDir=${directory}`, 'clientPort=2181', ...lines].join('\n');
  const parsed = parseZooConfig({ file: 'zoo.cfg', text });
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return parsed.config;
}

function writeKey(text = `${KEY}\n`): string {
  writeFileSync(keyFile, text, { mode: 0o600 });
  return `vivarium.sessionKeyFile=${keyFile}`;
}

function refusal(...lines: string[]): string {
  try {
    sessionPasswords(config(...lines), false);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a server alone', () => {
  test('makes a key for itself, keeps it, and takes no other passwords', () => {
    const first = sessionPasswords(config(), false);
    expect(first).toMatchObject({ rule: { issue: 'keyed' }, migratingFile: null, warnings: [] });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(sessionPasswords(config(), true)).toEqual(first);
    expect(first.rule.key).toHaveLength(32);
  });

  test('that has sessions already takes their passwords too, also at its next start', () => {
    expect(sessionPasswords(config(), true)).toMatchObject({ rule: { issue: 'migrating' }, migratingFile: keyFile });
    expect(sessionPasswords(config(), true)).toMatchObject({ rule: { issue: 'migrating' }, migratingFile: keyFile });
  });

  test("that is to speak Apache's makes no key, and takes passwords by one that it has made before", () => {
    const apache = 'vivarium.sessionPasswords=apache';
    expect(sessionPasswords(config(apache), true).rule).toEqual({ issue: 'apache', key: null });
    expect(existsSync(keyFile)).toBe(false);
    const { rule } = sessionPasswords(config(), false);
    expect(sessionPasswords(config(apache), true).rule).toEqual({ issue: 'apache', key: rule.key });
  });

  test('that cannot write its key does not start', () => {
    writeFileSync(join(directory, 'file'), '');
    const elsewhere = { ...config(), dataDir: join(directory, 'file') };
    expect(() => sessionPasswords(elsewhere, false)).toThrow(/session\.key: cannot be written \(ENOTDIR\)/);
  });
});

describe('a server of an ensemble', () => {
  test("without a key makes Apache's passwords, and says what that means, once and unless it is meant", () => {
    const { rule, warnings } = sessionPasswords(config(...ENSEMBLE), false);
    expect(rule).toEqual({ issue: 'apache', key: null });
    expect(warnings).toEqual([expect.stringMatching(/^zoo\.cfg: vivarium\.sessionKeyFile: is not set: .* give all/)]);
    const meant = config(...ENSEMBLE, 'vivarium.sessionPasswords=apache');
    expect(sessionPasswords(meant, false)).toMatchObject({ rule, warnings: [] });
    expect(existsSync(keyFile)).toBe(false);
  });

  test.each(['apache', 'migrating', 'keyed'])('with a key does as it is told: %s', (issue) => {
    const said = [...ENSEMBLE, writeKey(), `vivarium.sessionPasswords=${issue}`];
    const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
    expect(sessionPasswords(config(...said), true)).toEqual({
      rule: { issue, key },
      migratingFile: null,
      warnings: [],
    });
  });

  test('with a key and told nothing takes keyed passwords only', () => {
    expect(sessionPasswords(config(...ENSEMBLE, writeKey()), true).rule.issue).toBe('keyed');
  });

  test('warns of a key that others may read', () => {
    const line = writeKey();
    chmodSync(keyFile, 0o640);
    const { warnings } = sessionPasswords(config(...ENSEMBLE, line), false);
    expect(warnings).toEqual([expect.stringMatching(/session\.key: others may read it/)]);
  });

  test.each([
    ['', 'holds no key'],
    [KEY.slice(2), 'holds no key'],
    [`${KEY}z`, 'holds no key'],
  ])('does not start with a file that holds %j, whose content it does not tell', (text, reason) => {
    const line = writeKey(text);
    const message = refusal(...ENSEMBLE, line);
    expect(message).toContain(`${keyFile}: ${reason}`);
    expect(message).toContain('openssl rand -hex 32');
    expect(message).not.toContain(KEY.slice(2));
    expect(readFileSync(keyFile, 'utf8')).toBe(text);
  });

  test('does not start where the file is missing, and never makes one', () => {
    expect(refusal(...ENSEMBLE, `vivarium.sessionKeyFile=${keyFile}`)).toContain('cannot be read (ENOENT); vivarium.');
    expect(existsSync(keyFile)).toBe(false);
  });
});
