/** The messages under way, and what can be done with each. */
export function Inbox() {
  return null;
}
