import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-log-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function write(log: LogFile, text: string): Promise<void> {
  if (!log.write(text)) await once(log, 'drain');
}

test('lines are added to what is there, and a full file is set aside once', async () => {
  const file = path.join(directory, 'x.log');
  for (const line of ['one\n', 'two\n']) {
    const log = new LogFile(file);
    await write(log, line);
    log.destroy();
    await once(log, 'close');
  }
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  const log = new LogFile(file);
  const megabyte = 'x'.repeat(1 << 20);
  for (let count = 0; count < 40; count++) await write(log, megabyte);
  log.destroy();
  await once(log, 'close');
  expect(statSync(file).size).toBeLessThanOrEqual(16 << 20);
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(16 << 20);
});
