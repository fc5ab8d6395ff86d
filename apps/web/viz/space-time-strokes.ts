/** The strokes of space–time diagrams, gathered by look into few long paths: thousands cost as much as a handful. Pure. */

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

export type Look = Omit<PathGroup, 'd' | 'key'>;

export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Takes parts of paths; those of one key become one path, in the order in which the keys were first met. */
export class Strokes {
  private readonly groups = new Map<string, Look & { readonly parts: string[] }>();

  add(key: string, look: Look, part: string): void {
    const group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, { ...look, parts: [part] });
    else group.parts.push(part);
  }

  /** A message's line, and how it ends: with an arrow at the lane, a dot under way, a cross where it was lost. */
  message(key: string, line: Line, fate: 'arrived' | 'underWay' | 'lost', look: MessageLook): void {
    const { colour, width, dash, opacity, headPx, openHead } = look;
    const stroke = { fill: null, stroke: colour, width, dash, opacity };
    const tip = trimmed(line, fate === 'arrived' ? 3 : 0);
    this.add(`${key}-line`, stroke, `M${px(line.x1)} ${px(line.y1)}L${px(tip.x)} ${px(tip.y)}`);
    if (fate === 'lost') {
      const cross = `M${px(tip.x - 3.5)} ${px(tip.y - 3.5)}l7 7m0 -7l-7 7`;
      this.add(`${key}-end`, { ...stroke, dash: null, width: 1.5, opacity: 1 }, cross);
    } else if (fate === 'underWay') {
      this.add(`${key}-dot`, solid(colour), dotPath(tip.x, tip.y, headPx > 6 ? 5 : 3.5));
    } else {
      const head = openHead ? { ...stroke, dash: null, width: 1.4 } : { ...solid(colour), opacity };
      this.add(`${key}-head`, head, arrowHead(tip, line, headPx, openHead));
    }
  }

  all(): readonly PathGroup[] {
    return [...this.groups].map(([key, { parts, ...look }]) => ({ key, ...look, d: parts.join('') }));
  }
}

/** How a message is drawn; `headPx` above 6 makes what ends it larger. */
export interface MessageLook {
  readonly colour: string;
  readonly width: number;
  readonly dash: string | null;
  readonly opacity: number;
  readonly headPx: number;
  readonly openHead: boolean;
}

/** A shape without an edge. */
export function solid(fill: string): Look {
  return { fill, stroke: null, width: 0, dash: null, opacity: 1 };
}

/** A disc, as a path. */
export function dotPath(x: number, y: number, r: number): string {
  return `M${px(x - r)} ${px(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

/** Enough digits for a pixel, few enough for a short path. */
export function px(value: number): number {
  return Math.round(value * 10) / 10;
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
