/** A sync that fails: the server stops, never retries, and what it had not acknowledged may be gone but nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../harness/ports.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { TestServer } from '../harness/test-server.ts';

const SOURCE = fileURLToPath(new URL('./failing-sync.c', import.meta.url));

let directory: string;
let server: TestServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-sync-'));
  const library = join(directory, 'failing-sync.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
  const [clientPort = 0] = await freePorts(1);
  mkdirSync(join(directory, 'data'));
  const zooCfgPath = join(directory, 'zoo.cfg');
  writeFileSync(zooCfgPath, `dataDir=${join(directory, 'data')}\nclientPort=${clientPort}\n`);
  const environment = { ...process.env, LD_PRELOAD: library, FAIL_SYNC_WHILE: join(directory, 'fail') };
  server = new TestServer({ flavour: 'vivarium', zooCfgPath, clientPort, directory, environment });
});

afterAll(async () => {
  await server.crash();
  rmSync(directory, { recursive: true });
});

test('a failed sync ends the server before it acknowledges, and everything acknowledged before is there', async () => {
  const mark = join(directory, 'fail');
  server.start();
  await server.waitUntilServing();
  const connection = await RawConnection.openSession(server.clientPort);
  expect((await connection.request(op.create, createBody('/before', 'x')))?.error).toBe(0);
  writeFileSync(mark, '');
  // The reply that never comes: the connection ends instead.
  expect(await connection.request(op.create, createBody('/lost', 'x'))).toBeUndefined();
  expect((await server.exited).code).toBe(1);
  const [line = '', ...more] = server.stderr.text.trim().split('\n');
  expect(more).toEqual([]);
  expect(line).toContain('EIO');
  expect(line).toContain(join(directory, 'data', 'version-2'));

  rmSync(mark);
  server.start();
  await server.waitUntilServing();
  const again = await RawConnection.openSession(server.clientPort);
  expect((await again.request(op.exists, new Bytes().field('/before').byte(0).buffer))?.error).toBe(0);
});
