import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig, StartError } from '../server/load-config.ts';
import { highestBasePort, planMembers, writeServerFiles } from './server-files.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-hosting-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('what is written is what a server reads', () => {
  const members = planMembers(3, 1, '127.0.0.1', 2181);
  const observer = members[3];
  if (observer === undefined) throw new Error('no fourth member');
  const loaded = loadConfig(writeServerFiles(directory, observer, members, { tickTime: 500, snapCount: 10 }));
  expect(loaded.warnings).toEqual([]);
  expect(loaded).toMatchObject({ sid: 4, client: { host: '127.0.0.1', port: 2184 } });
  expect(loaded.config).toMatchObject({ tickTimeMs: 500, snapCount: 10, standalone: false, peerType: 'observer' });
  expect(loaded.config.members.map(({ text }) => text)).toEqual([
    '127.0.0.1:2888:3888:participant',
    '127.0.0.1:2889:3889:participant',
    '127.0.0.1:2890:3890:participant',
    '127.0.0.1:2891:3891:observer',
  ]);
});

test('one member is standalone, and data that are there stay', () => {
  const members = planMembers(1, 0, '127.0.0.1', 2181);
  const [member] = members;
  if (member === undefined) throw new Error('no member');
  writeServerFiles(directory, member, members, {});
  const kept = join(directory, 'data', 'kept');
  writeFileSync(kept, 'x');
  expect(loadConfig(writeServerFiles(directory, member, members, {}))).toMatchObject({ sid: null });
  expect(readFileSync(kept, 'utf8')).toBe('x');
});

test('ports end where ports end', () => {
  const members = planMembers(3, 0, '127.0.0.1', highestBasePort(3));
  const last = members.at(-1);
  if (last === undefined) throw new Error('no member');
  const { config } = loadConfig(writeServerFiles(directory, last, members, {}));
  expect(config.admin).toMatchObject({ host: '127.0.0.1', port: 65_535 });
});

test('there is no admin server where an older directory leaves no port for it', () => {
  const members = planMembers(1, 0, '127.0.0.1', 65_535 - 1_707);
  const [member] = members;
  if (member === undefined) throw new Error('no member');
  expect(loadConfig(writeServerFiles(directory, member, members, {})).config.admin).toBeNull();
});

test.each(['', 'one', '7', '-1', '1 2'])('a myid of "%s" is refused, and the file is named', (text) => {
  const members = planMembers(3, 0, '127.0.0.1', 2181);
  const [member] = members;
  if (member === undefined) throw new Error('no member');
  const zooCfg = writeServerFiles(directory, member, members, {});
  const myid = join(directory, 'data', 'myid');
  writeFileSync(myid, text);
  try {
    loadConfig(zooCfg);
    expect.unreachable('the myid should be refused');
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(myid);
    expect(String(error)).toContain('1, 2, 3');
    expect(String(error)).toContain(text);
  }
});

test('a sid that stands for a time to live is refused where znodes may have one, as with Apache', () => {
  const members = planMembers(254, 1, '127.0.0.1', 2181);
  const [last] = members.slice(-1);
  if (last === undefined) throw new Error('no member');
  expect(() => loadConfig(writeServerFiles(directory, last, members, {}))).toThrow(/extendedTypesEnabled: the owner/);
  const plain = writeServerFiles(directory, last, members, { extendedTypesEnabled: 'false' });
  expect(loadConfig(plain)).toMatchObject({ sid: 255 });
});

test('a missing file is named', () => {
  expect(() => loadConfig(join(directory, 'zoo.cfg'))).toThrow(/zoo\.cfg: cannot be read \(ENOENT\)/);
  writeFileSync(join(directory, 'zoo.cfg'), `dataDir=${directory}\ndynamicConfigFile=${directory}/none`);
  expect(() => loadConfig(join(directory, 'zoo.cfg'))).toThrow(/none: cannot be read \(ENOENT\); dynamicConfigFile in/);
});
