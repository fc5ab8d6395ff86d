import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { oneAndThreeServers } from './client-ensembles.ts';
import { testChecks } from './test-checks.ts';

const directory = mkdtempSync(join(tmpdir(), 'vivarium-c-'));
const program = join(directory, 'c_client');
const folder = fileURLToPath(new URL('c', import.meta.url));
const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
execFileSync(
  'gcc',
  [
    ...['-std=gnu17', '-Wall', '-Wextra', '-DTHREADED', '-o', program],
    ...sources.map((name) => join(folder, name)),
    '-lzookeeper_mt',
  ],
  { stdio: 'inherit' },
);

afterAll(() => rmSync(directory, { recursive: true }));

testChecks('the C client', [program], oneAndThreeServers);
