import { fileURLToPath } from 'node:url';
import { threeServers } from './client-ensembles.ts';
import { testChecks } from './test-checks.ts';

/** Debian's Python, which has kazoo; `-B`: it leaves no compiled files in the sources. */
const command = ['/usr/bin/python3', '-B', fileURLToPath(new URL('kazoo_own.py', import.meta.url))];

testChecks("kazoo's own tests", command, threeServers);
