/** Whether something that came from outside is an action: a link, a file. */
import type { Action } from '@vivarium/simulation/stepped/journal';

/** No history is longer. */
export const MOST_ENTRIES = 10_000;
/** Names are no longer than this, and lists of them. */
const MOST_NAME = 200;
const MOST_GROUPS = 100;

/** What each action has besides its name. */
const SHAPES: Readonly<Record<Action['do'], Readonly<Record<string, 'message' | 'name' | 'groups'>>>> = {
  deliver: { message: 'message' },
  drop: { message: 'message' },
  duplicate: { message: 'message' },
  delay: { message: 'message' },
  hold: { message: 'message' },
  letGo: { message: 'message' },
  tamper: { message: 'message', tamper: 'name' },
  crash: { node: 'name' },
  restart: { node: 'name' },
  pause: { node: 'name' },
  resume: { node: 'name' },
  wipe: { node: 'name' },
  cut: { from: 'name', to: 'name' },
  heal: { from: 'name', to: 'name' },
  split: { groups: 'groups' },
  healAll: {},
  fire: { node: 'name', timer: 'name' },
  command: { node: 'name', command: 'name' },
};

/** Whether it is an action, with nothing missing and nothing else in it. */
export function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false;
  const parts = new Map<string, unknown>(Object.entries(value));
  const name = parts.get('do');
  if (typeof name !== 'string' || !Object.hasOwn(SHAPES, name)) return false;
  const shape = Object.entries(SHAPES[name as Action['do']]);
  if (parts.size !== shape.length + 1) return false;
  return shape.every(([key, kind]) => {
    const part = parts.get(key);
    if (kind === 'message') return typeof part === 'number' && Number.isSafeInteger(part) && part > 0;
    if (kind === 'name') return isName(part);
    return Array.isArray(part) && part.length <= MOST_GROUPS && part.every(isGroup);
  });
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MOST_NAME;
}

function isGroup(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MOST_GROUPS && value.every(isName);
}
