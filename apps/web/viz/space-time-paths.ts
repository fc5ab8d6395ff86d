/** The marks of the space–time diagram as few long paths, so that thousands of them cost as much as a handful. Pure. */
import type { MessageKind } from './message-shape.ts';
import { type Role, roleColour } from './roles.ts';
import type { Mark } from './space-time-layout.ts';
import { type PathGroup, px, Strokes, solid } from './space-time-strokes.ts';

const HEAD_PX = 6;
const HOT_HEAD_PX = 8;

/** All marks by look, the quiet ones first. */
export function pathGroups(marks: readonly Mark[]): readonly PathGroup[] {
  const strokes = new Strokes();
  const commitHalf = halfOfCommits(marks);
  for (const hot of [false, true]) {
    for (const mark of marks) {
      if (mark.hot === hot) addMark(mark, commitHalf, strokes);
    }
  }
  return strokes.all();
}

/** Half the side of a commit's square: smaller where the squares of a lane would become a bar. */
function halfOfCommits(marks: readonly Mark[]): number {
  const lanes = Map.groupBy(
    marks.filter((mark) => mark.kind === 'commit'),
    ({ sid }) => sid,
  );
  const closest = [...lanes.values()].map((commits) => {
    const first = commits[0]?.x ?? 0;
    const last = commits.at(-1)?.x ?? 0;
    return commits.length < 3 ? Number.POSITIVE_INFINITY : (last - first) / (commits.length - 1);
  });
  const spacing = Math.min(...closest);
  return spacing < 6 ? 1.5 : spacing < 14 ? 3 : 4.5;
}

function addMark(mark: Mark, commitHalf: number, strokes: Strokes): void {
  const name = mark.hot ? 'hot-' : '';
  switch (mark.kind) {
    case 'write': {
      const fill = mark.hot ? 'var(--ink-1)' : 'var(--heat-3)';
      const width = Math.max(mark.x2 - mark.x1, 1.5);
      strokes.add(`${name}write`, solid(fill), `M${px(mark.x1)} ${px(mark.y - 3.5)}h${px(width)}v7h${px(-width)}Z`);
      return;
    }
    case 'commit': {
      const half = mark.hot ? 5.5 : commitHalf;
      const d = `M${px(mark.x - half)} ${px(mark.y - half)}h${2 * half}v${2 * half}h${-2 * half}Z`;
      strokes.add(`${name}commit`, solid(mark.hot ? 'var(--accent)' : 'var(--state-committed-fill)'), d);
      return;
    }
    case 'message':
      addMessage(mark, name, strokes);
      return;
    case 'state':
      return;
  }
}

function addMessage(mark: Extract<Mark, { kind: 'message' }>, name: string, strokes: Strokes): void {
  const { hot, shape, role, fate } = mark;
  const open = shape === 'ack';
  strokes.message(`${name}${fate === 'lost' ? 'lost' : `${shape}-${role}`}`, mark, fate, {
    colour: fate === 'lost' ? 'var(--sev-critical)' : messageColour(shape, role),
    width: hot ? 2 : 1.1,
    dash: open ? '3.5 2.5' : null,
    opacity: hot ? 1 : shape === 'ping' ? 0.35 : 0.6,
    headPx: hot ? HOT_HEAD_PX : HEAD_PX,
    openHead: open,
  });
}

/** The colour is the sender's role; pings and what comes before a role is known are lines without a meaning of their own. */
function messageColour(shape: MessageKind, role: Role): string {
  return shape === 'ping' || role === 'unknown' ? 'var(--line-3)' : roleColour(role);
}

/** Labels of commits that do not touch one another: the last two digits of the counter. */
export function commitLabels(marks: readonly Mark[]): readonly { key: string; x: number; y: number; text: string }[] {
  const lastX = new Map<number, number>();
  return marks.flatMap((mark) => {
    if (mark.kind !== 'commit' || mark.zxid === null) return [];
    const before = lastX.get(mark.sid) ?? Number.NEGATIVE_INFINITY;
    if (mark.x - before < 16 && !mark.hot) return [];
    lastX.set(mark.sid, mark.x);
    return [{ key: mark.key, x: mark.x, y: mark.y, text: mark.zxid.slice(2).padStart(2, '0').slice(-2) }];
  });
}
