import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parsePartFileName } from './format.ts';

/**
 * Deletes the oldest parts in the directory, but never `except` and newer ones, until they have `maxBytes` together. Resolves
 * with the names of those that are gone.
 */
export async function dropOldParts(directory: string, maxBytes: number, except: string): Promise<readonly string[]> {
  // Names begin with the time: their order is the order of time.
  const names = (await readdir(directory)).filter((name) => parsePartFileName(name) !== null).sort();
  const parts = await Promise.all(
    names.map(async (name) => {
      // A file that somebody else has deleted takes no place.
      const found = await stat(path.join(directory, name)).catch(() => null);
      return { name, bytes: found?.size ?? 0 };
    }),
  );
  let total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const gone: string[] = [];
  for (const { name, bytes } of parts) {
    if (total <= maxBytes || name >= except) break;
    await rm(path.join(directory, name), { force: true });
    total -= bytes;
    gone.push(name);
  }
  return gone;
}
