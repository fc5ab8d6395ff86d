/** The marks of the space–time diagram as few long paths, so that thousands of them cost as much as a handful. Pure. */
import type { MessageKind } from './message-shape.ts';
import { type Role, roleColour } from './roles.ts';
import type { Mark } from './space-time-layout.ts';

/** Everything of one look. Colours are CSS values, which the canvas resolves before it draws. */
export interface PathGroup {
  readonly key: string;
  readonly d: string;
  readonly fill: string | null;
  readonly stroke: string | null;
  readonly width: number;
  readonly dash: string | null;
  readonly opacity: number;
}

type Look = Omit<PathGroup, 'd' | 'key'>;

const HEAD_PX = 6;
const HOT_HEAD_PX = 8;

/** All marks by look, the quiet ones first. */
export function pathGroups(marks: readonly Mark[]): readonly PathGroup[] {
  const groups = new Map<string, Look & { parts: string[] }>();
  const add = (key: string, look: Look, part: string) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...look, parts: [part] });
    else group.parts.push(part);
  };
  const commitHalf = halfOfCommits(marks);
  for (const hot of [false, true]) {
    for (const mark of marks) {
      if (mark.hot === hot) addMark(mark, commitHalf, add);
    }
  }
  return [...groups].map(([key, { parts, ...look }]) => ({ key, ...look, d: parts.join('') }));
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

function addMark(mark: Mark, commitHalf: number, add: (key: string, look: Look, part: string) => void): void {
  const name = mark.hot ? 'hot-' : '';
  switch (mark.kind) {
    case 'write': {
      const fill = mark.hot ? 'var(--ink-1)' : 'var(--heat-3)';
      const width = Math.max(mark.x2 - mark.x1, 1.5);
      add(`${name}write`, solid(fill), `M${px(mark.x1)} ${px(mark.y - 3.5)}h${px(width)}v7h${px(-width)}Z`);
      return;
    }
    case 'commit': {
      const half = mark.hot ? 5.5 : commitHalf;
      const d = `M${px(mark.x - half)} ${px(mark.y - half)}h${2 * half}v${2 * half}h${-2 * half}Z`;
      add(`${name}commit`, solid(mark.hot ? 'var(--accent)' : 'var(--state-committed-fill)'), d);
      return;
    }
    case 'message':
      addMessage(mark, name, add);
      return;
    case 'state':
      return;
  }
}

function addMessage(
  mark: Extract<Mark, { kind: 'message' }>,
  name: string,
  add: (key: string, look: Look, part: string) => void,
): void {
  const { hot, shape, role, fate } = mark;
  const colour = fate === 'lost' ? 'var(--sev-critical)' : messageColour(shape, role);
  const key = `${name}${fate === 'lost' ? 'lost' : `${shape}-${role}`}`;
  const open = shape === 'ack';
  const opacity = hot ? 1 : shape === 'ping' ? 0.35 : 0.6;
  const stroke = { fill: null, stroke: colour, width: hot ? 2 : 1.1, dash: open ? '3.5 2.5' : null, opacity };
  const tip = trimmed(mark, fate === 'arrived' ? 3 : 0);
  add(`${key}-line`, stroke, `M${px(mark.x1)} ${px(mark.y1)}L${px(tip.x)} ${px(tip.y)}`);
  if (fate === 'lost') {
    const cross = `M${px(tip.x - 3.5)} ${px(tip.y - 3.5)}l7 7m0 -7l-7 7`;
    add(`${key}-end`, { ...stroke, dash: null, width: 1.5, opacity: 1 }, cross);
    return;
  }
  if (fate === 'underWay') {
    const half = hot ? 5 : 3.5;
    const dot = `M${px(tip.x - half)} ${px(tip.y)}a${half} ${half} 0 1 0 ${2 * half} 0a${half} ${half} 0 1 0 ${-2 * half} 0Z`;
    add(`${key}-dot`, { ...solid(colour), opacity: 1 }, dot);
    return;
  }
  const head = arrowHead(tip, mark, hot ? HOT_HEAD_PX : HEAD_PX, open);
  add(`${key}-head`, open ? { ...stroke, dash: null, width: 1.4 } : { ...solid(colour), opacity }, head);
}

function solid(fill: string): Look {
  return { fill, stroke: null, width: 0, dash: null, opacity: 1 };
}

/** The colour is the sender's role; pings and what comes before a role is known are lines without a meaning of their own. */
function messageColour(shape: MessageKind, role: Role): string {
  return shape === 'ping' || role === 'unknown' ? 'var(--line-3)' : roleColour(role);
}

interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** The end of a line, so many px before where it would touch the lane. */
function trimmed({ x1, y1, x2, y2 }: Line, by: number): { readonly x: number; readonly y: number } {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const share = length <= by ? 0 : by / length;
  return { x: x2 + (x1 - x2) * share, y: y2 + (y1 - y2) * share };
}

function arrowHead(tip: { x: number; y: number }, { x1, y1 }: Line, size: number, open: boolean): string {
  const angle = Math.atan2(tip.y - y1, tip.x - x1);
  const corner = (turn: number) =>
    `${px(tip.x - size * Math.cos(angle + turn))} ${px(tip.y - size * Math.sin(angle + turn))}`;
  const d = `M${corner(0.43)}L${px(tip.x)} ${px(tip.y)}L${corner(-0.43)}`;
  return open ? d : `${d}Z`;
}

/** Enough digits for a pixel, few enough for a short path. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
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
