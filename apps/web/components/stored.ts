/** What a browser keeps for the next visit. A browser that keeps nothing (private, full, forbidden) is no error. */

/** The value kept under the key; null where there is none. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps the value if that is possible; null removes it. */
export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // A viewer without storage chooses again at the next visit.
  }
}
