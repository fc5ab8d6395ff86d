/** A moment as a link. */
import { USUAL_SEED } from '@vivarium/labs/history';
import { encodePosition } from '@vivarium/labs/position';
import type { Lab } from './lab-state.ts';

/** A lab's moment as it stands in an address; null where it is where the lesson begins. */
export function linkFor(
  lab: Pick<Lab, 'info' | 'seed' | 'settings' | 'branch' | 'ready'>,
  cursor: number,
): string | null {
  const { info, seed, settings, branch, ready } = lab;
  const isUsual = info.settings.every(
    ({ id, choices }) => settings[id] === undefined || settings[id] === choices[0]?.id,
  );
  if (cursor === ready && seed === USUAL_SEED && isUsual && branch.actions.length === 0) return null;
  const position = { scenario: info.id, seed, settings, actions: branch.actions, cursor };
  return encodePosition(position, (n) => branch.records[n - 1]?.hash ?? null);
}
