/**
 * A disturbance of what one server sends to another, in one direction. `cut`: nothing passes, connections starve. `slow`:
 * every message is so much later, in its order. `drop`: so many of a hundred messages break the connection, which is all
 * that a lossy network can do to TCP.
 */
export type LinkFault =
  | { readonly kind: 'cut' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'drop'; readonly percent: number };
