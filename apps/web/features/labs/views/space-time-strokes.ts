/** The marks of a lab's diagram as strokes. Pure. */
import { dotPath, type MessageLook, type PathGroup, px, Strokes, solid } from '../../../viz/space-time-strokes.ts';
import type { LabMark, PointMark, TripMark } from './space-time-plot.ts';

export interface Emphasis {
  /** The marks that led to what is looked at, by key. */
  readonly hot: ReadonlySet<string>;
}

/** All marks by look, those that are emphasised above the others. */
export function strokesOf(marks: readonly LabMark[], { hot }: Emphasis): readonly PathGroup[] {
  const strokes = new Strokes();
  for (const isHot of [false, true]) {
    for (const mark of marks) {
      if (hot.has(mark.key) !== isHot) continue;
      if (mark.kind === 'message') addTrip(strokes, mark, isHot);
      else addPoint(strokes, mark, isHot);
    }
  }
  return strokes.all();
}

function addTrip(strokes: Strokes, mark: TripMark, isHot: boolean): void {
  const { fate, trip } = mark;
  const isOver = fate === 'lost' || fate === 'replaced';
  const isForged = trip.sent.tampered;
  const look: MessageLook = {
    colour: isHot ? 'var(--accent)' : isForged ? 'var(--sev-critical)' : isOver ? 'var(--line-3)' : 'var(--ink-2)',
    width: isHot ? 2 : 1.15,
    dash: isOver ? '3 3' : trip.sent.copyOf !== null && !isForged ? '6 2' : null,
    opacity: isHot || fate === 'underWay' ? 1 : 0.75,
    headPx: isHot ? 7.5 : 6,
    openHead: false,
  };
  const kind = isOver ? 'lost' : fate;
  strokes.message(`${isHot ? 'hot-' : ''}${kind}${isForged ? '-forged' : ''}${look.dash ?? ''}`, mark, kind, look);
}

function addPoint(strokes: Strokes, { point, x, y }: PointMark, isHot: boolean): void {
  const colour = isHot ? 'var(--accent)' : 'var(--ink-2)';
  const key = `${isHot ? 'hot-' : ''}${point.kind}`;
  const line = { fill: null, stroke: colour, width: 1.5, dash: null, opacity: 1 };
  switch (point.kind) {
    case 'crash':
    case 'wipe': {
      const wrong = { ...line, stroke: isHot ? colour : 'var(--role-down)', width: 2 };
      strokes.add(key, wrong, `M${px(x - 4.5)} ${px(y - 4.5)}l9 9m0 -9l-9 9`);
      return;
    }
    case 'restart':
    case 'resume':
      strokes.add(key, solid(colour), `M${px(x - 3)} ${px(y - 5)}l8 5l-8 5Z`);
      return;
    case 'pause':
      strokes.add(key, { ...line, width: 2 }, `M${px(x - 2)} ${px(y - 5)}v10m4.5 -10v10`);
      return;
    case 'persisted':
      strokes.add(key, solid(colour), `M${px(x - 3)} ${px(y - 3)}h6v6h-6Z`);
      return;
    case 'timer':
      strokes.add(`${key}-face`, { ...line, fill: 'var(--bg-surface)' }, dotPath(x, y, 5));
      strokes.add(`${key}-hands`, line, `M${px(x)} ${px(y - 3)}v3h2.4`);
      return;
    case 'command':
      strokes.add(key, solid(colour), `M${px(x - 5)} ${px(y - 17)}h10l-5 7Z`);
      return;
  }
}
