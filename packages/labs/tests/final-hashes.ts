/** What every scenario of the catalogue comes to, for comparing one platform with another. */
import { Random } from '@vivarium/shared/random';
import { chapters } from '../catalog.ts';
import type { History } from '../history.ts';

/** So many things are done to each scenario, at moments drawn. */
const ACTIONS = 3;

/** The last hash of every scenario, left alone and with things done to it, by name; with the number of entries. */
export async function finalHashes(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { load } of chapters) {
    for (const scenario of (await load()).scenarios) {
      const random = new Random(7);
      let history = scenario.open({ seed: 1, settings: {}, actions: [], limit: null });
      hashes[scenario.info.id] = last(history);
      for (let i = 0; i < ACTIONS; i++) {
        const after = random.below(history.records.length + 1);
        const possibilities = history.possibilities(after);
        if (possibilities.length > 0) history = history.fork(after, random.pick(possibilities).action);
      }
      hashes[`${scenario.info.id}, disturbed`] = last(history);
    }
  }
  return hashes;
}

function last({ records }: History): string {
  return `${records.length} ${records.at(-1)?.hash}`;
}
