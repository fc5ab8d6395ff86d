const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** How a key with the machine's command key is written: `Ctrl K`, `⌘K`. */
export function shortcutKey(key: string): string {
  return isApple ? `⌘${key}` : `Ctrl ${key}`;
}

/** Whether the event is the key with the machine's command key. */
export function isShortcut(event: KeyboardEvent, key: string): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === key;
}
