import fs from 'node:fs';
import path from 'node:path';
import type { ZooConfig } from '../config/zoo-config.ts';
import type { SessionPasswordRule } from '../core/session/session-password.ts';
import { codeOf, StartError } from './load-config.ts';
import { isMigrating, makeSessionKey, readSessionKey, SESSION_KEY } from './session-key.ts';

/** How a server makes its sessions' passwords. */
export interface SessionPasswords {
  readonly rule: SessionPasswordRule;
  /** The key file whose migration ends by itself; null where zoo.cfg says what holds, or none is under way. */
  readonly migratingFile: string | null;
  readonly warnings: readonly string[];
}

/**
 * Decides by zoo.cfg and by what lies there. A server alone makes a key of its own; `hasSessions`: its tree has sessions from
 * before. Throws `StartError`.
 */
export function sessionPasswords(config: ZooConfig, hasSessions: boolean): SessionPasswords {
  const { file: cfg, standalone, dataDir, sessionPasswords: wanted } = config;
  const own = config.sessionKeyFile === null && standalone ? path.join(dataDir, SESSION_KEY) : null;
  const file = config.sessionKeyFile ?? own;
  if (file === null) {
    const warnings = wanted === null ? [`${cfg}: ${WARNING}`] : [];
    return { rule: { issue: 'apache', key: null }, migratingFile: null, warnings };
  }
  if (own !== null && !fs.existsSync(own)) {
    if (wanted === 'apache') return { rule: { issue: 'apache', key: null }, migratingFile: null, warnings: [] };
    makeOwnKey(own, hasSessions);
  }
  const why = own === null ? `vivarium.sessionKeyFile in ${cfg} names it` : 'it is the key of session passwords';
  const { key, warnings } = readSessionKey(file, why);
  if (wanted !== null) return { rule: { issue: wanted, key }, migratingFile: null, warnings };
  return isMigrating(file)
    ? { rule: { issue: 'migrating', key }, migratingFile: file, warnings }
    : { rule: { issue: 'keyed', key }, migratingFile: null, warnings };
}

const WARNING =
  'vivarium.sessionKeyFile: is not set: passwords of sessions are made as Apache makes them, which anybody can work out from the id; ' +
  'give all servers one key (docs/configuration.md, Session passwords), or, where Apache servers belong to the ensemble, ' +
  'say vivarium.sessionPasswords=apache';

function makeOwnKey(file: string, migrates: boolean): void {
  try {
    makeSessionKey(file, migrates);
  } catch (error) {
    throw new StartError([`${file}: cannot be written (${codeOf(error)}); it is to hold the key of session passwords`]);
  }
}
