/** Runs seeds and plays scenarios with changed sources, in a process of its own, since what a process has loaded it cannot load again. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exitOf, spawnChild } from '../harness/child.ts';

/** What a hunt over a range of seeds came to. */
export interface HuntResult {
  /** The first seed with a violation, and its first violation; null where no seed has one. */
  first: { readonly seed: number; readonly invariant: string; readonly detail: string } | null;
  /** How many of the seeds that were run have one. */
  found: number;
  runs: number;
}

/** What playing the scenarios of a ticket came to. */
export interface PlayResult {
  plays: number;
  failures: number;
  /** The first failure: the promise that was broken, or null where only an expectation of the scenario was not met. */
  first: { readonly seed: number; readonly invariant: string | null; readonly message: string } | null;
}

/** Runs a program of this directory with the changes of these; resolves to what it printed, its exit being 0. */
async function runChanged(
  names: readonly string[],
  program: string,
  programArguments: readonly string[],
): Promise<string> {
  const hook = join(import.meta.dirname, 'variant-hook.ts');
  const command = [process.execPath, '--import', hook, join(import.meta.dirname, program), ...programArguments];
  const environment = { VIVARIUM_VARIANTS: names.join(',') };
  const child = spawnChild(command, { environment, stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('the output of a child is piped');
  const [output, { code }] = await Promise.all([text(child.stdout), exitOf(child)]);
  if (code !== 0) throw new Error(`${program} with ${names} ended with ${code}`);
  return output;
}

/** Runs seeds until one has a violation, or, with `all`, every one. */
export async function huntSeeds(
  names: readonly string[],
  first: number,
  last: number,
  all = false,
): Promise<HuntResult> {
  const output = await runChanged(names, 'hunt.ts', [`${first}..${last}`, ...(all ? ['--all'] : [])]);
  return JSON.parse(output) as HuntResult;
}

/** Plays the scenarios of a ticket until one fails, or, with `all`, every one. */
export async function playScenarios(names: readonly string[], jira: string, all = false): Promise<PlayResult> {
  return JSON.parse(await runChanged(names, 'play.ts', [jira, ...(all ? ['--all'] : [])])) as PlayResult;
}
