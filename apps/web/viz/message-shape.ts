/** How a message between servers is drawn: its shape says what it is, its colour who sent it. */

/** `commit` is COMMIT and INFORM; `other` any packet that has no shape of its own. */
export type MessageKind = 'proposal' | 'commit' | 'ack' | 'notification' | 'ping' | 'other';

/** The kind of a packet by its ZooKeeper name. */
export function messageKind(packet: string): MessageKind {
  switch (packet) {
    case 'PROPOSAL':
      return 'proposal';
    case 'COMMIT':
    case 'INFORM':
    case 'COMMITANDACTIVATE':
    case 'INFORMANDACTIVATE':
      return 'commit';
    case 'ACK':
    case 'ACKEPOCH':
      return 'ack';
    case 'NOTIFICATION':
      return 'notification';
    case 'PING':
      return 'ping';
    default:
      return 'other';
  }
}

/** The outline of a message around the origin, as the data of an SVG path, and whether it is filled. */
export function messagePath(kind: MessageKind, size: number): { readonly d: string; readonly filled: boolean } {
  const r = size / 2;
  const disc = (radius: number) =>
    `M${-radius} 0a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
  const square = (half: number) => `M${-half} ${-half}h${2 * half}v${2 * half}h${-2 * half}Z`;
  switch (kind) {
    case 'proposal':
      return { d: square(r - 0.75), filled: false };
    case 'commit':
      return { d: square(r), filled: true };
    case 'ack':
    case 'notification':
      return { d: disc(r), filled: true };
    case 'ping':
      return { d: disc(r * 0.45), filled: true };
    case 'other':
      return { d: `M0 ${-r}L${r} ${r * 0.8}H${-r}Z`, filled: true };
  }
}
