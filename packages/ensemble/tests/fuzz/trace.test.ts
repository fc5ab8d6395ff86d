import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadTrace, Trace } from './trace.ts';

it('a saved trace is read back, whatever kind of bytes it had', () => {
  const bytes = [Uint8Array.of(0, 1, 255), Buffer.from([7, 8]), new Uint8Array(0)];
  const chunks = bytes.map((one) => ({ name: 'PING, zxid', bytes: one, pauseMs: 0 }));
  const trace = new Trace();
  for (const end of ['close', 'linger'] as const) trace.add({ name: 'observer', target: 3, chunks, end });
  const file = trace.save('quorum', process.pid);
  const read = loadTrace(file);
  rmSync(file);
  expect(read.map(({ end }) => end)).toEqual(['close', 'linger']);
  expect(read[0]?.chunks.map((chunk) => [...chunk.bytes])).toEqual([[0, 1, 255], [7, 8], []]);
});
