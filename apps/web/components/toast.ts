/** Short news about what the viewer did, kept outside React so that any code can tell. */

export type ToastKind = 'ok' | 'error' | 'notice';

export interface ToastMessage {
  readonly id: number;
  readonly kind: ToastKind;
  readonly text: string;
}

/** More at once, and the oldest goes. */
const MAX_TOASTS = 4;

let toasts: readonly ToastMessage[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function replace(next: readonly ToastMessage[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Shows a sentence in the corner. An `error` stays until it is dismissed. */
export function toast(kind: ToastKind, text: string): void {
  const same = toasts.filter((other) => other.text !== text || other.kind !== kind);
  replace([...same, { id: nextId++, kind, text }].slice(-MAX_TOASTS));
}

export function dismissToast(id: number): void {
  replace(toasts.filter((other) => other.id !== id));
}

export function currentToasts(): readonly ToastMessage[] {
  return toasts;
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
