/** What a key means in the tree (WAI-ARIA authoring practices, tree view), apart from the page's own commands. */

export type TreeMove =
  | { readonly kind: 'by'; readonly rows: number }
  | { readonly kind: 'page'; readonly direction: 1 | -1 }
  | { readonly kind: 'first' }
  | { readonly kind: 'last' }
  | { readonly kind: 'in' }
  | { readonly kind: 'out' }
  | { readonly kind: 'choose' }
  | { readonly kind: 'type'; readonly text: string };

/** Letters that are commands of the page; as the first letter of a name they are typed with Shift. */
const COMMANDS = new Set(['e', 'h', 'n', 'r', '.', '/', '?']);

const MOVES: Readonly<Record<string, TreeMove>> = {
  ArrowDown: { kind: 'by', rows: 1 },
  ArrowUp: { kind: 'by', rows: -1 },
  PageDown: { kind: 'page', direction: 1 },
  PageUp: { kind: 'page', direction: -1 },
  Home: { kind: 'first' },
  End: { kind: 'last' },
  ArrowRight: { kind: 'in' },
  ArrowLeft: { kind: 'out' },
  Enter: { kind: 'choose' },
  ' ': { kind: 'choose' },
};

/** The move that a key asks for; null for a key that is none. `typed` is what was typed just before. */
export function moveOf(
  event: { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean },
  typed: string,
): TreeMove | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === ' ' && typed !== '') return { kind: 'type', text: `${typed} ` };
  const move = MOVES[event.key];
  if (move !== undefined) return move;
  if ([...event.key].length !== 1 || (typed === '' && COMMANDS.has(event.key))) return null;
  return { kind: 'type', text: typed + event.key.toLowerCase() };
}
