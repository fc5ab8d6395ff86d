/** How high the card of a node ever needs to be in a history, so that no card changes its place or size from step to step. */
import type { NodePicture, Picture, ProtocolInfo, StepRecord } from '@vivarium/labs/history';
import type { Text } from '@vivarium/labs/text';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { type CardStyle, cardContent, framePx } from './card-rows.ts';

/** Of a long history only so many steps are looked at: what comes later is cut off at the card's edge, not left out. */
const MOST_STEPS = 1500;

/** Heights by style, for the nodes of one lab; each node's look is measured once, also where histories share it. */
export class CardHeights {
  readonly #protocol: ProtocolInfo;
  readonly #say: (text: Text) => string;
  readonly #measured = new Map<string, WeakMap<NodePicture, number>>();
  readonly #most = new Map<string, Map<NodeId, number>>();

  constructor(protocol: ProtocolInfo, say: (text: Text) => string) {
    this.#protocol = protocol;
    this.#say = say;
  }

  /** The most that each node needs in this history, or needed in one before it: a fork does not move the others. */
  of(start: Picture, records: readonly StepRecord[], style: CardStyle): ReadonlyMap<NodeId, number> {
    const key = keyOf(style);
    const most = this.#most.get(key) ?? new Map<NodeId, number>();
    this.#most.set(key, most);
    const see = (nodes: Readonly<Record<NodeId, NodePicture>>) => {
      for (const [id, node] of Object.entries(nodes)) {
        most.set(id, Math.max(most.get(id) ?? 0, this.#height(node, style)));
      }
    };
    see(start.nodes);
    for (const record of records.slice(0, MOST_STEPS)) see(record.nodes);
    return most;
  }

  #height(node: NodePicture, style: CardStyle): number {
    const key = keyOf(style);
    let measured = this.#measured.get(key);
    if (measured === undefined) {
      measured = new WeakMap();
      this.#measured.set(key, measured);
    }
    let height = measured.get(node);
    if (height === undefined) {
      const whole = cardContent(node, null, { ...style, rowsPx: null }, this.#protocol, this.#say).height;
      height = style.rowsPx === null ? whole : Math.min(whole, framePx(style) + style.rowsPx);
      measured.set(node, height);
    }
    return height;
  }
}

function keyOf({ width, line, rowsPx }: CardStyle): string {
  return `${width} ${line} ${rowsPx}`;
}
