/** The shortest way to a goal: what a player did on the way there and need not have done is left out. */
import { ActionRefused, type History, type PlacedAction, type Scenario } from './history.ts';

/** So many entries are run in all, at most: a person waits for it. With many actions not every way is tried. */
const MOST_ENTRIES_RUN = 20_000;

/** The entry that reached the goal; null where none did. */
export function reachedAt(history: History, goal: string): number | null {
  return history.records.find(({ goals }) => goals.includes(goal))?.entry.n ?? null;
}

/**
 * A history of the same scenario that reaches the goal in fewer steps, or in as many with fewer actions: without up to three of
 * the actions, or with one done sooner, again and again until nothing makes it shorter. Null where the history itself does not
 * reach the goal, and where nothing shorter was found.
 */
export function shorten(scenario: Scenario, history: History, goal: string): History | null {
  const reached = reachedAt(history, goal);
  if (reached === null) return null;
  const { seed, settings } = history;
  const first = { steps: reached, actions: history.actions.filter(({ after }) => after < reached) };
  let best = first;
  let left = MOST_ENTRIES_RUN;

  const isBetter = (actions: readonly PlacedAction[]): boolean => {
    const shorter = opened(scenario, { seed, settings, actions, limit: best.steps });
    left -= shorter?.records.length ?? best.steps;
    const steps = shorter === null ? null : reachedAt(shorter, goal);
    if (steps === null || steps > best.steps) return false;
    const needed = actions.filter(({ after }) => after < steps);
    if (steps === best.steps && needed.length >= best.actions.length) return false;
    best = { steps, actions: needed };
    return true;
  };
  const improve = (): boolean => {
    for (const actions of shorterWays(best.actions)) {
      if (left <= 0) return false;
      if (isBetter(actions)) return true;
    }
    return false;
  };

  while (improve());
  return best === first ? null : scenario.open({ seed, settings, actions: best.actions, limit: null });
}

/** The history of these actions; null where one of them cannot be done any more. */
function opened(scenario: Scenario, options: Parameters<Scenario['open']>[0]): History | null {
  try {
    return scenario.open(options);
  } catch (error) {
    if (error instanceof ActionRefused) return null;
    throw error;
  }
}

function* shorterWays(actions: readonly PlacedAction[]): Generator<readonly PlacedAction[]> {
  for (const count of [1, 2, 3]) yield* withoutSome(actions, count);
  for (let index = 0; index < actions.length; index++) yield* sooner(actions, index);
}

/**
 * All ways to leave out so many: what belongs together can only go together, as a crash and a restart, or a cut and the healing
 * of it. An action is an entry of its own: what is behind it comes one step sooner without it.
 */
function* withoutSome(actions: readonly PlacedAction[], count: number, from = 0): Generator<readonly PlacedAction[]> {
  if (count === 0) yield actions;
  else {
    for (let index = from; index < actions.length; index++) {
      yield* withoutSome([...actions.slice(0, index), ...moved(actions.slice(index + 1), 1)], count - 1, index);
    }
  }
}

/** That action, and all behind it, done right behind the one before it, or half as much sooner, or one step. */
function* sooner(actions: readonly PlacedAction[], index: number): Generator<readonly PlacedAction[]> {
  const gap = (actions[index]?.after ?? 0) - (actions[index - 1]?.after ?? -1) - 1;
  for (const steps of new Set([gap, gap >> 1, 1])) {
    if (steps > 0 && steps <= gap) yield [...actions.slice(0, index), ...moved(actions.slice(index), steps)];
  }
}

function moved(actions: readonly PlacedAction[], steps: number): readonly PlacedAction[] {
  return actions.map(({ after, action }) => ({ after: after - steps, action }));
}
