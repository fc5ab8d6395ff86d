import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { threeServers } from './client-ensembles.ts';
import { testChecks } from './test-checks.ts';

const classes = mkdtempSync(join(tmpdir(), 'vivarium-curator-'));
const sources = fileURLToPath(new URL('curator', import.meta.url));
// The manifests of Debian's jars name all others that they need.
const jars = ['curator-recipes', 'zookeeper', 'slf4j-nop'].map((name) => `/usr/share/java/${name}.jar`).join(':');
execFileSync(
  'javac',
  ['-nowarn', '-cp', jars, '-d', classes, ...readdirSync(sources).map((name) => join(sources, name))],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
const command = [
  'java',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  // Containers and time to live are for clients that say so.
  '-Dzookeeper.extendedTypesEnabled=true',
  '-cp',
  `${classes}:${jars}`,
  'Suite',
];

afterAll(() => rmSync(classes, { recursive: true }));

testChecks('Curator', command, threeServers);
