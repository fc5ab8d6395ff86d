import { expect, test } from 'vitest';
import type { FuzzPort } from '../fuzz/ports.ts';
import { runFuzz } from '../fuzz/run-fuzz.ts';

/** On each port, of `npm run fuzz`, which runs for as long as it is told. */
const SECONDS = 10;
const SEED = 4;

/** Those that clients use share three servers, since to start and to examine them takes as long as the fuzzing. */
const RUNS: { ports: FuzzPort[] }[] = [
  { ports: ['quorum'] },
  { ports: ['election'] },
  { ports: ['client', 'words', 'admin'] },
];

test.each(RUNS)('mutated frames ($ports) to three servers under load harm nothing', async ({ ports }) => {
  const lines: string[] = [];
  const result = await runFuzz({
    ports,
    seed: SEED,
    seconds: SECONDS * ports.length,
    frames: Number.POSITIVE_INFINITY,
    replay: null,
    log: (line) => lines.push(line),
  });
  console.log([...lines, ...result.report].join('\n'));
  const trace = result.failure === null ? '' : `led again with --replay ${result.trace.save(ports.join('-'), SEED)}`;
  expect(result.failure, trace).toBeNull();
  expect(result.frames).toBeGreaterThan(2_000 * ports.length);
});
