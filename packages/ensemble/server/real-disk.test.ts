import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DiskError } from '../storage/disk.ts';
import { VERSION_DIRECTORY } from '../storage/file-names.ts';
import { LogWriter } from '../storage/log-writer.ts';
import { makeTxn } from '../tests/harness/storage-rig.ts';
import { RealDisk } from './real-disk.ts';

let root: string;
let disk: RealDisk;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vivarium-disk-'));
  disk = new RealDisk(root, true);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function synced(file: string): Promise<DiskError | null> {
  return new Promise((resolve) => disk.sync(file, resolve));
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

function textOf(file: string): string | null {
  const content = disk.read(file);
  return content === null ? null : Buffer.from(content).toString();
}

describe('the real disk', () => {
  test('what is written in pieces is in the file after its sync', async () => {
    disk.makeDirectory('a/b');
    disk.create('a/b/log');
    disk.write('a/b/log', 0, bytes('hello'));
    disk.write('a/b/log', 5, bytes(' world'));
    disk.write('a/b/log', 0, bytes('J'));
    expect(await synced('a/b/log')).toBe(null);
    expect(readFileSync(join(root, 'a/b/log'), 'utf8')).toBe('Jello world');
    disk.setLength('a/b/log', 3);
    disk.setLength('a/b/log', 5);
    expect([...readFileSync(join(root, 'a/b/log'))]).toEqual([...bytes('Jel'), 0, 0]);
    expect(disk.list('a')).toEqual(['b']);
    expect(disk.list('missing')).toEqual([]);
    expect(disk.read('missing')).toBe(null);
  });

  test('a write is read back, renamed and removed without a sync too', () => {
    disk.create('one');
    disk.write('one', 0, bytes('content'));
    expect(textOf('one')).toBe('content');
    disk.write('one', 7, bytes('!'));
    writeFileSync(join(root, 'two'), 'old');
    disk.rename('one', 'two');
    expect(textOf('two')).toBe('content!');
    disk.write('two', 0, bytes('C'));
    disk.remove('two');
    expect(readdirSync(root)).toEqual([]);
  });

  test('a content that is read is plain bytes, whose slices are copies', () => {
    writeFileSync(join(root, 'one'), 'abc');
    const content = disk.read('one');
    const slice = content?.slice(0, 1);
    content?.fill(0);
    expect(slice?.[0]).toBe(97);
  });

  test('ranges are read with what waits for its sync, and end where the file does', () => {
    disk.create('one');
    disk.write('one', 0, bytes('content'));
    expect(disk.length('one')).toBe(7);
    expect(disk.readRange('one', 2, 3)).toEqual(bytes('nte'));
    expect(disk.readRange('one', 5, 100)).toEqual(bytes('nt'));
    expect(disk.readRange('one', 100, 5)).toEqual(bytes(''));
    expect([disk.length('missing'), disk.readRange('missing', 0, 1)]).toEqual([null, null]);
  });

  test('a created file replaces an older one, and an unopened one is written in place', async () => {
    writeFileSync(join(root, 'one'), 'abcdef');
    disk.write('one', 1, bytes('X'));
    expect(await synced('one')).toBe(null);
    expect(textOf('one')).toBe('aXcdef');
    disk.create('one');
    expect(textOf('one')).toBe('');
  });

  test('many files, more than stay open, and syncs side by side', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `file-${i}`);
    for (const name of names) disk.create(name);
    for (const name of names) disk.write(name, 0, bytes(name));
    expect(await Promise.all(names.map(synced))).toEqual(names.map(() => null));
    for (const name of names) expect(textOf(name)).toBe(name);
    const during = synced('file-49');
    disk.remove('file-49');
    expect(await during).toBe(null);
    expect(existsSync(join(root, 'file-49'))).toBe(false);
  });

  test('large writes do not wait for the sync', () => {
    disk.create('large');
    const megabyte = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 20; i++) disk.write('large', i * megabyte.length, megabyte);
    expect(statSync(join(root, 'large')).size).toBeGreaterThan(8 * megabyte.length);
  });

  test('faults have the code and the whole path', async () => {
    writeFileSync(join(root, 'file'), '');
    const attempts: [() => unknown, string, string][] = [
      [() => disk.makeDirectory('file'), 'EEXIST', 'file'],
      [() => disk.makeDirectory('file/below'), 'ENOTDIR', 'file/below'],
      [() => disk.create('missing/file'), 'ENOENT', 'missing/file'],
      [() => disk.remove('missing'), 'ENOENT', 'missing'],
      [() => disk.list('file'), 'ENOTDIR', 'file'],
    ];
    for (const [attempt, code, file] of attempts) {
      try {
        attempt();
        expect.unreachable(`${file} should be refused`);
      } catch (error) {
        expect(error).toBeInstanceOf(DiskError);
        expect(error).toMatchObject({ code, path: join(root, file) });
        expect(String(error)).toContain(join(root, file));
      }
    }
    expect(await synced('missing')).toMatchObject({ code: 'ENOENT', path: join(root, 'missing') });
    expect(await new Promise((resolve) => disk.syncDirectory('missing', resolve))).toMatchObject({ code: 'ENOENT' });
    expect(await new Promise((resolve) => disk.syncDirectory('', resolve))).toBe(null);
  });
});

test('a log has its header from the moment that it is long, whenever the process dies', async () => {
  /** How the file begins each time that it has just been made longer. */
  const beginnings: string[] = [];
  class WatchedDisk extends RealDisk {
    override setLength(file: string, length: number): void {
      super.setLength(file, length);
      beginnings.push(readFileSync(join(root, file)).subarray(0, 4).toString());
    }
  }
  const watched = new WatchedDisk(root, true);
  watched.makeDirectory(VERSION_DIRECTORY);
  const writer = new LogWriter(watched, { preAllocBytes: 65_536, txnLogSizeLimitBytes: 0 });
  expect(await new Promise((resolve) => writer.append([makeTxn(1n)], resolve))).toBe(null);
  // Apache's server does not start on a log of zeros (`FileTxnIterator.inStreamCreated`).
  expect(beginnings).toEqual(['ZKLG']);
});
