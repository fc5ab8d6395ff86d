import { type MessageKind, messagePath } from './message-shape.ts';

/** A message with its middle at the origin. */
export function MessageShape({ kind, colour, size = 10 }: { kind: MessageKind; colour: string; size?: number }) {
  const { d, filled } = messagePath(kind, size);
  return (
    <path
      d={d}
      fill={filled ? colour : 'var(--bg-surface)'}
      stroke={filled ? 'none' : colour}
      strokeWidth={1.75}
      strokeLinejoin="round"
    />
  );
}
