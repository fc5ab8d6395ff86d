import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLayering, zones } from './check-layering.ts';

const repository = path.resolve(import.meta.dirname, '..');

/** A small tree that keeps every rule, close calls among them. */
const cleanTree: Readonly<Record<string, string>> = {
  'packages/shared/package.json': '{ "name": "@vivarium/shared" }',
  'packages/wire/package.json': '{ "name": "@vivarium/wire" }',
  'packages/ensemble/package.json': '{ "name": "@vivarium/ensemble" }',
  'packages/simulation/package.json': '{ "name": "@vivarium/simulation" }',
  'packages/labs/package.json': '{ "name": "@vivarium/labs" }',
  'apps/server/package.json': '{ "name": "@vivarium/server" }',
  'packages/shared/zxid.ts': [
    '// No Date and no Math.random here.',
    'export const longest = Math.max(1, 2);',
    'export interface Frame { Date: string; random(): number }',
    'export const text = (frame: Frame) => `Date` + frame.Date;',
  ].join('\n'),
  'packages/shared/zxid.test.ts':
    "import assert from 'node:assert';\nimport { test } from 'vitest';\nimport { longest } from './zxid.ts';\n" +
    'test(String(Date.now()), () => assert(longest));',
  'packages/wire/jute.ts': "export { longest } from '@vivarium/shared/zxid';",
  'packages/ensemble/core/server.ts':
    "import type { Frame } from '@vivarium/shared/zxid';\nimport { longest } from '@vivarium/wire/jute';\n" +
    'export const server = (frame: Frame) => [frame, longest];',
  'packages/ensemble/net/client-port.ts':
    "import { createServer } from 'node:net';\nimport { server } from '../core/server.ts';\n" +
    'export const port = [createServer, server, Date.now()];',
  'packages/ensemble/server.ts':
    "import { port } from '@vivarium/ensemble/net/client-port';\nexport const main = port;",
  'packages/ensemble/bin/zk-server.ts': "import { main } from '../server.ts';\nmain.at(0);",
  'packages/ensemble/tests/simulation/world.ts': "export { server } from '../../core/server.ts';",
  'packages/simulation/world.ts': "import type { Frame } from '@vivarium/shared/zxid';\nexport type World = Frame;",
  'apps/server/app.ts': "import { port } from '@vivarium/ensemble/net/client-port';\nexport const app = port;",
  'bench/run.ts': "import { server } from '@vivarium/ensemble/core/server';\nconsole.log(server);",
  'bench/load.ts': "export { server } from '@vivarium/ensemble/tests/simulation/world';",
  'vitest.config.ts': "import { defineConfig } from 'vitest/config';\nexport default defineConfig({});",
};

/** One planted slip each: where, what, and the words that the report must have. */
const slips: readonly [what: string, file: string, source: string, report: RegExp][] = [
  [
    'an upward import',
    'packages/shared/acl.ts',
    "import { longest } from '@vivarium/wire/jute';\nexport { longest };",
    /may not import packages\/wire \(@vivarium\/wire\/jute\); it may import nothing of ours/,
  ],
  [
    'an upward import of a type alone',
    'packages/wire/connect.ts',
    "\nimport type { server } from '@vivarium/ensemble/core/server';\nexport type S = typeof server;",
    /packages\/wire may not import packages\/ensemble\/core .* it may import packages\/shared/,
  ],
  [
    'a type named by import()',
    'packages/wire/connect.ts',
    "export type S = import('@vivarium/ensemble/core/server').Server;",
    /may not import packages\/ensemble\/core/,
  ],
  [
    'a re-export',
    'packages/simulation/disk.ts',
    "export * from '@vivarium/wire/jute';",
    /packages\/simulation may not import packages\/wire/,
  ],
  [
    'an import() of an upper layer',
    'packages/ensemble/core/leader.ts',
    "export const later = () => import('../net/client-port.ts');",
    /packages\/ensemble\/core may not import packages\/ensemble\/net/,
  ],
  [
    'one neighbour importing another',
    'packages/ensemble/net/peer.ts',
    "import { main } from '../server.ts';\nexport { main };",
    /packages\/ensemble\/net may not import packages\/ensemble\/server/,
  ],
  [
    'a package left by a relative path',
    'packages/wire/connect.ts',
    "import { longest } from '../shared/zxid.ts';\nexport { longest };",
    /leaves packages\/wire: import another package by its name/,
  ],
  [
    'Node in a pure zone',
    'packages/ensemble/storage/log.ts',
    "import fs from 'node:fs';\nexport { fs };",
    /is pure: it may not import node:fs/,
  ],
  [
    "Node's types in a pure zone",
    'packages/simulation/disk.ts',
    "import type { Stats } from 'fs';\nexport type S = Stats;",
    /is pure: it may not import fs/,
  ],
  [
    "a directive that brings Node's types",
    'packages/shared/acl.ts',
    '/// <reference types="node" />\nexport {};',
    /is pure: <reference types="node"/,
  ],
  [
    'an npm package in a pure zone',
    'packages/shared/acl.ts',
    "import { z } from 'zod';\nexport { z };",
    /is pure: it may not import the npm package zod/,
  ],
  ['the clock in a pure zone', 'packages/wire/clock.ts', 'export const now = () => Date.now();', /is pure: no Date/],
  ['a Date as a type', 'packages/wire/clock.ts', 'export type Instant = Date;', /is pure: no Date/],
  [
    'chance in a pure zone',
    'packages/shared/dice.ts',
    'export const roll = Math.random();',
    /is pure: no Math\.random/,
  ],
  ['chance by a string', 'packages/shared/dice.ts', "export const roll = Math['random']();", /no Math\.random/],
  ['chance taken out of Math', 'packages/shared/dice.ts', 'export const { random } = Math;', /no Math\.random/],
  ['the platform by its root', 'packages/shared/dice.ts', 'export const all = globalThis;', /no globalThis/],
  [
    'a computed import',
    'packages/ensemble/net/plugin.ts',
    'export const load = (name: string) => import(name);',
    /import\(name\): an import whose module is computed/,
  ],
  [
    'a test imported by what it tests',
    'packages/ensemble/core/leader.ts',
    "import { server } from '../tests/simulation/world.ts';\nexport { server };",
    /packages\/ensemble\/core may not import tests/,
  ],
  [
    'the server of the app in a library',
    'packages/ensemble/hosting/host.ts',
    "import { app } from '@vivarium/server/app';\nexport { app };",
    /may not import apps\/server/,
  ],
  [
    'Node in the web',
    'apps/web/main.tsx',
    "import path from 'node:path';\nexport const a = <p>{path.sep}</p>;",
    /apps\/web runs in a browser: it may not import node:path/,
  ],
  [
    'the server in the web',
    'apps/web/main.tsx',
    "import { app } from '@vivarium/server/app';\nexport const a = app;",
    /apps\/web may not import apps\/server/,
  ],
  [
    'the labs in the server',
    'apps/server/labs.ts',
    "import type { Lab } from '@vivarium/labs/lab';\nexport type L = Lab;",
    /apps\/server may not import packages\/labs/,
  ],
  [
    'a package that is not there',
    'apps/server/labs.ts',
    "import { lab } from '@vivarium/laboratory/lab';\nexport { lab };",
    /@vivarium\/laboratory\/lab: no workspace has that name/,
  ],
  ['a file in no zone', 'packages/ensemble/helpers/a.ts', 'export {};', /belongs to no zone/],
  ['a file that is not TypeScript', 'packages/shared/acl.ts', 'export const = 3;', /cannot be parsed/],
];

describe('the layering check', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'layering-'));
    for (const [file, source] of Object.entries(cleanTree)) plant(file, source);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function plant(file: string, source: string): void {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), source);
  }

  test('passes a tree that keeps the rules', () => {
    expect(checkLayering(root)).toEqual([]);
  });

  test.each(slips)('finds %s', (_, file, source, report) => {
    plant(file, source);
    expect(checkLayering(root)).toEqual([
      { file, line: source.startsWith('\n') ? 2 : 1, message: expect.stringMatching(report) },
    ]);
  });

  test('run as a program, names the file and the line and exits with 1', () => {
    const program = path.join(repository, 'scripts/check-layering.ts');
    expect(spawnSync(process.execPath, [program, root]).status).toBe(0);
    plant('packages/shared/clock.ts', '\n\nexport const now = Date.now();');
    const { status, stderr } = spawnSync(process.execPath, [program, root], { encoding: 'utf8' });
    expect(stderr).toContain('packages/shared/clock.ts:3: packages/shared is pure: no Date');
    expect(status).toBe(1);
  });
});

test('the compiler and the linter know the same pure zones', () => {
  const pure = zones.filter((zone) => zone.pure).map((zone) => zone.path);
  const { include } = readConfig('tsconfig.pure.json');
  const { overrides } = readConfig('biome.json');
  const linted = overrides.find((override: { includes: string[] }) => override.includes.includes('!**/*.test.ts'));
  expect(new Set(include)).toEqual(new Set(pure));
  expect(new Set(linted.includes)).toEqual(new Set([...pure.map((zone) => `${zone}/**`), '!**/*.test.ts']));
});

function readConfig(file: string) {
  const text = readFileSync(path.join(repository, file), 'utf8');
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''));
}
