/**
 * `npm run fuzz -- --port quorum --seconds 60 [--frames N] [--seed S]`; `--replay FILE` leads the conversations of a saved
 * trace again. `--port client,words` takes both in turns. Exits with 1 where the ensemble was harmed, and says where the trace of the last frames is.
 */
import { parseArgs } from 'node:util';
import { FUZZ_PORTS, type FuzzPort } from './ports.ts';
import { runFuzz } from './run-fuzz.ts';
import { loadTrace } from './trace.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    seconds: { type: 'string' },
    frames: { type: 'string' },
    seed: { type: 'string' },
    replay: { type: 'string' },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function number(name: 'seconds' | 'frames' | 'seed', fallback: number): number {
  const text = values[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) fail(`--${name} wants a whole number, not ${text}`);
  return value;
}

function portsOf(text: string): FuzzPort[] {
  return text
    .split(',')
    .map(
      (part) =>
        FUZZ_PORTS.find((name) => name === part) ?? fail(`--port is one or several of ${FUZZ_PORTS.join(', ')}`),
    );
}

const ports = portsOf(values.port ?? '');
if (values.seconds === undefined && values.frames === undefined && values.replay === undefined) {
  fail('say how long: --seconds N, --frames N, or both');
}
const seed = number('seed', Math.floor(Math.random() * 1_000_000));
console.log(`seed ${seed}`);
const result = await runFuzz({
  ports,
  seed,
  seconds: number('seconds', 24 * 3_600),
  frames: number('frames', Number.POSITIVE_INFINITY),
  replay: values.replay === undefined ? null : loadTrace(values.replay),
  log: (line) => console.log(line),
});
for (const line of result.report) console.log(line);
if (result.failure !== null) {
  const file = result.trace.save(ports.join('-'), seed);
  fail(`seed ${seed}: ${result.failure}\nthe last conversations, to be led again with --replay: ${file}`);
}
