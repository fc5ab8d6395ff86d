import type { MouseEvent } from 'react';

/**
 * Does something that may take the focused element off the page. Then the focus goes to what `next` finds, so that who uses the
 * keyboard goes on from there and not from the beginning of the page.
 */
export async function keepFocus(next: () => HTMLElement | null, deed: () => Promise<void> | void): Promise<void> {
  await deed();
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) next()?.focus();
  });
}

/** What a button of a list does, which may take its line away: then the list has the focus. */
export function onDeed(deed: () => Promise<void> | void): (event: MouseEvent) => void {
  return ({ currentTarget }) => {
    const list = currentTarget.closest<HTMLElement>('section');
    void keepFocus(() => list, deed);
  };
}
