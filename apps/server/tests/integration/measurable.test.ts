/** What is there so that the pages are quick, and so that it can be measured. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOKEN, VivariumRig } from '../harness/vivarium-rig.ts';

const SCRIPT = 'export const words = "again and again and again and again";';

let rig: VivariumRig;
let webRoot: string;

beforeAll(async () => {
  webRoot = mkdtempSync(path.join(tmpdir(), 'vivarium-web-'));
  mkdirSync(path.join(webRoot, 'assets'));
  const script = path.join(webRoot, 'assets', 'main-abc.js');
  writeFileSync(script, SCRIPT);
  writeFileSync(`${script}.br`, brotliCompressSync(SCRIPT));
  writeFileSync(`${script}.gz`, gzipSync(SCRIPT));
  writeFileSync(path.join(webRoot, 'assets', 'tiny-abc.js'), '1');
  rig = await VivariumRig.start(['--servers', '1', '--web-root', webRoot, '--synthetic', '5000']);
});

afterAll(async () => {
  await rig?.remove();
  rmSync(webRoot, { recursive: true, force: true });
});

/** A file as it is sent; fetch would unpack it. */
async function sent(pathname: string, encodings: string): Promise<{ encoding: string | undefined; bytes: Buffer }> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'accept-encoding': encodings };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(new URL(rig.url + pathname), { headers }, resolve).on('error', reject);
  });
  return { encoding: response.headers['content-encoding'], bytes: await buffer(response) };
}

test('a file goes out as the build has compressed it, in the best way that the browser knows', async () => {
  const brotli = await sent('/assets/main-abc.js', 'gzip, deflate, br');
  expect(brotli.encoding).toBe('br');
  expect(brotliDecompressSync(brotli.bytes).toString()).toBe(SCRIPT);
  const gzip = await sent('/assets/main-abc.js', 'gzip');
  expect(gzip.encoding).toBe('gzip');
  expect(gunzipSync(gzip.bytes).toString()).toBe(SCRIPT);
  const plain = await sent('/assets/main-abc.js', 'identity');
  expect(plain).toEqual({ encoding: undefined, bytes: Buffer.from(SCRIPT) });
  expect(await sent('/assets/tiny-abc.js', 'br')).toEqual({ encoding: undefined, bytes: Buffer.from('1') });
});

test('a made-up cluster stands beside the hosted one, as busy as it was asked to be', async () => {
  const { body } = await rig.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters');
  expect(body.clusters.map(({ id }) => id)).toEqual(['local', 'synthetic']);
  await expect
    .poll(async () => {
      const answer = await rig.call<{ events: FeedEvent[] }>(
        'GET',
        '/api/clusters/synthetic/events?after=0&limit=5000',
      );
      return answer.body.events.length;
    })
    .toBe(5_000);
});
