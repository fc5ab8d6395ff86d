/**
 * A deliberately broken server: a historic bug of ZooKeeper, or a mistake that suggests itself, put into this one, so that the checkers are known to see it.
 * A variant is nothing but changes of source text, made while a process of the tests loads the simulator (`variant-hook.ts`):
 * the program itself has no switch, and knows of none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One change of one file. */
export interface Patch {
  /** Below `packages/ensemble`. */
  readonly file: string;
  /** Occurs exactly once in the file, so that a variant never stops applying unseen. */
  readonly find: string;
  readonly replace: string;
}

/** A server with other sources. */
export interface Variation {
  /** Kebab-case, as commands name it. */
  readonly name: string;
  readonly patches: readonly Patch[];
}

/** One broken server. */
export interface Variant extends Variation {
  /** The ticket of the bug that it brings back, or of what it gets wrong. */
  readonly jira: `ZOOKEEPER-${number}`;
  /** What is wrong with the server. */
  readonly breaks: string;
  /** Promises, one of which is the first that is seen broken. */
  readonly invariants: readonly string[];
  /**
   * Up to which seed random runs have to find it, beside the scenarios of its ticket. Null where they find it too rarely to
   * wait for.
   */
  readonly lastSeed: number | null;
}

/** The directory that the files of patches are below. */
export const ENSEMBLE_DIRECTORY = join(import.meta.dirname, '../..');

/** The source of one file with a variant's changes. Throws where one of them does not apply exactly once. */
export function patchSource(variant: Variation, file: string, source: string): string {
  let patched = source;
  for (const patch of variant.patches) {
    if (patch.file !== file) continue;
    const parts = patched.split(patch.find);
    if (parts.length !== 2) {
      throw new Error(`variant ${variant.name}: in ${file} this occurs ${parts.length - 1} times: ${patch.find}`);
    }
    patched = parts.join(patch.replace);
  }
  return patched;
}

/** Throws unless all of a variant's changes apply to the sources as they are. */
export function assertApplies(variant: Variation): void {
  for (const file of new Set(variant.patches.map((patch) => patch.file))) {
    patchSource(variant, file, readFileSync(join(ENSEMBLE_DIRECTORY, file), 'utf8'));
  }
}
