/** What every node knows at a moment, as rows: for the table beside the drawing, and to compare moments. Pure. */
import type { NodePicture, Picture } from '@vivarium/labs/history';
import type { Fact } from '@vivarium/labs/node-view';
import type { NodeSpec } from '@vivarium/labs/protocol';
import type { NodeId } from '@vivarium/simulation/stepped/program';

/** What a row is about: one of the protocol's facts, or what all nodes have. */
export type RowSubject = { readonly kind: 'fact'; readonly id: string } | { readonly kind: OwnRow };

export type OwnRow = 'status' | 'state' | 'log' | 'timers' | 'writes';

/** The words that rows are made of. */
export interface RowWords {
  readonly fact: (fact: Fact) => string;
  readonly status: (status: NodePicture['status']) => string;
  readonly timer: (name: string) => string;
  /** How many records a log has, and the last one. */
  readonly log: (length: number, last: string) => string;
  readonly none: string;
}

export interface StateRow {
  readonly key: string;
  readonly node: NodeId;
  readonly subject: RowSubject;
  readonly now: string;
}

/** A row as it is and as it was. */
export interface ComparedRow extends StateRow {
  readonly before: string;
  readonly isChanged: boolean;
}

/** All rows of a moment, node by node. Logs, timers and writes have a row where any node has some. */
export function stateRows(picture: Picture, nodes: readonly NodeSpec[], words: RowWords): readonly StateRow[] {
  const pictures = Object.values(picture.nodes);
  const hasLog = pictures.some(({ view }) => view.log.length > 0);
  const hasTimers = pictures.some(({ timers }) => timers.length > 0);
  const hasWrites = pictures.some(({ writes }) => writes.length > 0);
  return nodes.flatMap(({ id }) => {
    const node = picture.nodes[id];
    if (node === undefined) return [];
    const { status, view, timers, writes } = node;
    const row = (kind: OwnRow, now: string): StateRow => ({ key: `${id}:${kind}`, node: id, subject: { kind }, now });
    const last = view.log.at(-1);
    return [
      row('status', words.status(status)),
      row('state', view.state || words.none),
      ...view.facts.map((fact) => ({
        key: `${id}:fact:${fact.id}`,
        node: id,
        subject: { kind: 'fact' as const, id: fact.id },
        now: words.fact(fact),
      })),
      ...(hasLog ? [row('log', last === undefined ? words.none : words.log(view.log.length, last.label))] : []),
      ...(hasTimers ? [row('timers', timers.map(({ timer }) => words.timer(timer)).join(', ') || words.none)] : []),
      ...(hasWrites ? [row('writes', writes.join(', ') || words.none)] : []),
    ];
  });
}

/** The rows of a moment beside those of another; what only the other one has comes at the end of its node. */
export function compareRows(
  now: readonly StateRow[],
  before: readonly StateRow[],
  none: string,
): readonly ComparedRow[] {
  const old = new Map(before.map((row) => [row.key, row]));
  const known = new Set(now.map(({ key }) => key));
  const rows: ComparedRow[] = [];
  const nodes = [...new Set([...now, ...before].map(({ node }) => node))];
  for (const node of nodes) {
    for (const row of now) {
      if (row.node !== node) continue;
      const was = old.get(row.key)?.now ?? none;
      rows.push({ ...row, before: was, isChanged: was !== row.now });
    }
    for (const row of before) {
      if (row.node !== node || known.has(row.key)) continue;
      rows.push({ ...row, now: none, before: row.now, isChanged: row.now !== none });
    }
  }
  return rows;
}
