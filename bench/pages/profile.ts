import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Bench } from './part.ts';

/** What the browser's profiler tells, as far as it is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node that was running at each sample, and the microseconds since the one before. */
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

const LONGEST = 25;

/**
 * Profiles a page while something runs, where that was asked for: the profile goes to a file, which the browser's tools
 * open, and the functions that took longest themselves to standard error.
 */
export async function profiled<T>(bench: Bench, name: string, page: Page, run: () => Promise<T>): Promise<T> {
  if (bench.profiles === null) return run();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.start');
  const result = await run();
  const { profile } = await devtools.send('Profiler.stop');
  mkdirSync(bench.profiles, { recursive: true });
  writeFileSync(path.join(bench.profiles, `${name}.cpuprofile`), JSON.stringify(profile));
  console.error(`Longest in “${name}”, of themselves:\n${longest(profile).join('\n')}`);
  return result;
}

function longest({ nodes, samples = [], timeDeltas = [] }: Profile): string[] {
  const functions = new Map(nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const ownMs = new Map<string, number>();
  let allMs = 0;
  for (const [at, id] of samples.entries()) {
    const name = functions.get(id) ?? '?';
    const ms = (timeDeltas[at] ?? 0) / 1_000;
    ownMs.set(name, (ownMs.get(name) ?? 0) + ms);
    allMs += ms;
  }
  return [...ownMs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LONGEST)
    .map(([name, ms]) => `${ms.toFixed(0).padStart(8)} ms ${((100 * ms) / allMs).toFixed(1).padStart(5)} %  ${name}`);
}

function describe({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.slice(url.lastIndexOf('/') + 1);
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`;
}
