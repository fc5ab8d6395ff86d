import { expect, test } from 'vitest';
import { FUZZ_PORTS, runFuzz } from '../fuzz/run-fuzz.ts';

/** Of `npm run fuzz`, which runs for as long as it is told. */
const SECONDS = 10;
const SEED = 4;

test.each(FUZZ_PORTS)('mutated frames on the %s port of three servers under load harm nothing', async (port) => {
  const lines: string[] = [];
  const result = await runFuzz({
    port,
    seed: SEED,
    seconds: SECONDS,
    frames: Number.POSITIVE_INFINITY,
    replay: null,
    log: (line) => lines.push(line),
  });
  console.log([...lines, ...result.report].join('\n'));
  const trace = result.failure === null ? '' : `led again with --replay ${result.trace.save(port, SEED)}`;
  expect(result.failure, trace).toBeNull();
  expect(result.frames).toBeGreaterThan(2_000);
});
