/** The file that holds the key of session passwords: made, read, and the migration that a new key begins. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { codeOf, StartError } from './load-config.ts';

/** The name of a key file that nobody has chosen a name for. */
export const SESSION_KEY = 'session.key';
const KEY_BYTES = 32;
/** From 16 bytes on nobody can try them all. */
const KEY_TEXT = /^(?:[0-9a-fA-F]{2}){16,128}$/;
const OTHERS = 0o077;
/** How often a migration that is under way is looked at. */
const MIGRATION_CHECK_MS = 1_000;

/** The key in a file, and what is to be warned of. Throws `StartError`, which does not tell the content. */
export function readSessionKey(file: string, why: string): { key: Uint8Array; warnings: readonly string[] } {
  let text: string;
  let mode: number;
  try {
    text = fs.readFileSync(file, 'utf8').trim();
    ({ mode } = fs.statSync(file));
  } catch (error) {
    throw new StartError([`${file}: cannot be read (${codeOf(error)}); ${why}`]);
  }
  if (!KEY_TEXT.test(text)) {
    const remedy = `make it with: openssl rand -hex ${KEY_BYTES} > ${file}`;
    throw new StartError([`${file}: holds no key; it is at least 32 hexadecimal digits; ${remedy}; ${why}`]);
  }
  const open = (mode & OTHERS) !== 0;
  const warnings = open ? [`${file}: others may read it, and with it guess every session's password; chmod 600`] : [];
  return { key: Uint8Array.from(Buffer.from(text, 'hex')), warnings };
}

/**
 * Makes a key, durable and for this user alone. `migrates`: there are sessions whose passwords are Apache's, so that those are
 * taken beside the key's until `watchMigration` finds that none is left.
 */
export function makeSessionKey(file: string, migrates: boolean): void {
  // Before the key: a key without its mark would end those sessions.
  if (migrates) fs.writeFileSync(migrationMark(file), '');
  const half = `${file}.new`;
  fs.rmSync(half, { force: true });
  const fd = fs.openSync(half, 'wx', 0o600);
  try {
    fs.writeSync(fd, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(half, file);
  const directory = fs.openSync(path.dirname(file), 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

/** Whether sessions from before the key may still be there. */
export function isMigrating(file: string): boolean {
  return fs.existsSync(migrationMark(file));
}

/**
 * Ends a migration that `makeSessionKey` began: a session that has not come back within its timeout is gone, and each that has
 * got a password by the key, since every process began after the key was made. Who decides which sessions live for so long in
 * one `term` (null: does not decide) knows that; the others see that the mark has gone. Calls `finished` once.
 */
export function watchMigration(
  file: string,
  { term, longestTimeoutMs }: { term(): string | null; longestTimeoutMs(): number },
  finished: () => void,
): void {
  let of: string | null = null;
  let checks = 0;
  const timer = setInterval(() => {
    const now = term();
    // Counted rather than taken from a clock: while the process is stopped no client can come back.
    checks = now === null || now !== of ? 0 : checks + 1;
    of = now;
    if (checks * MIGRATION_CHECK_MS > longestTimeoutMs()) fs.rmSync(migrationMark(file), { force: true });
    if (isMigrating(file)) return;
    clearInterval(timer);
    finished();
  }, MIGRATION_CHECK_MS);
  timer.unref();
}

function migrationMark(file: string): string {
  return `${file}.migrating`;
}
