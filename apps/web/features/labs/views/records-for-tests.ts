/** A small history, written by hand: P1 asks A1, A2 and A3, of which A2 crashes before it hears. */
import type { NodePicture, Picture, StepRecord } from '@vivarium/labs/history';
import type { Fact, NodeView } from '@vivarium/labs/node-view';
import type { NodeSpec } from '@vivarium/labs/protocol';
import { type Text, term } from '@vivarium/labs/text';
import type { Entry, Happening, MessageId, Sent } from '@vivarium/simulation/stepped/journal';
import type { Branch } from '../branch.ts';

export const nodes: readonly NodeSpec[] = ['P1', 'A1', 'A2', 'A3'].map((id, i) => ({
  id,
  role: 'any',
  at: { x: 0.5, y: i / 4 },
}));

export const english = ({ en }: Text) => en;

/** A node that knows a ballot and a value. */
export function node(
  state: string,
  promised: string,
  value: string | null,
  change: Partial<NodePicture> = {},
): NodePicture {
  const facts: readonly Fact[] = [
    { id: 'promised', value: promised === '' ? { kind: 'none' } : { kind: 'term', term: promised } },
    { id: 'accepted', value: value === null ? { kind: 'none' } : { kind: 'value', value, settled: true } },
  ];
  const view: NodeView = { mark: 'plain', role: 'any', state, mood: 'calm', facts, log: [] };
  return { status: 'up', view, timers: [], writes: [], ...change };
}

export const start: Picture = {
  n: 0,
  atMs: 0,
  nodes: Object.fromEntries(nodes.map(({ id }) => [id, node('IDLE', '', null)])),
  inFlight: {},
  cuts: [],
  verdicts: [],
  annotations: [],
};

/** A message of the history. */
function sent(id: MessageId, from: string, to: string, label: string): Sent {
  return { id, from, to, type: label, label, channel: null, dueMs: 0, copyOf: null, tampered: false };
}

/** A step: `changes` beside what every step has. */
export function step(
  n: number,
  happening: Happening,
  entry: Partial<Entry> = {},
  changes: Partial<StepRecord> = {},
): StepRecord {
  return {
    entry: {
      n,
      atMs: n,
      happening,
      by: 'world',
      cause: null,
      sent: [],
      timersSet: [],
      timersCleared: [],
      writes: [],
      told: [],
      ...entry,
    },
    message: null,
    sentence: term(`step ${n}`),
    narration: null,
    mark: null,
    nodes: {},
    facts: {},
    moved: [],
    cuts: null,
    verdicts: [],
    annotations: null,
    goals: [],
    hash: `h${n}`,
    ...changes,
  };
}

const prepare = 'Prepare(1)';

export const records: readonly StepRecord[] = [
  step(
    1,
    { kind: 'act', action: { do: 'command', node: 'P1', command: 'propose' } },
    { sent: [sent(1, 'P1', 'A1', prepare), sent(2, 'P1', 'A2', prepare), sent(3, 'P1', 'A3', prepare)] },
    { nodes: { P1: node('PREPARING', '', null) } },
  ),
  step(
    2,
    { kind: 'deliver', message: 1, node: 'A1' },
    { cause: 1, sent: [sent(4, 'A1', 'P1', 'Promise(1)')] },
    { nodes: { A1: node('IDLE', '1', null) } },
  ),
  step(
    3,
    { kind: 'act', action: { do: 'crash', node: 'A2' } },
    { by: 'person' },
    { nodes: { A2: node('IDLE', '', null, { status: 'down' }) } },
  ),
  step(4, { kind: 'lose', message: 2, why: 'down' }, { cause: 1 }, { cuts: ['P1>A3'] }),
  step(
    5,
    { kind: 'deliver', message: 4, node: 'P1' },
    { cause: 2 },
    { nodes: { P1: node('PREPARING', '', 'X') }, mark: term('X chosen') },
  ),
];

/** A branch of given steps, watched to its end. */
export function branch(change: Partial<Branch>): Branch {
  const own = change.records ?? records;
  return {
    id: 1,
    parent: null,
    forkedAt: 0,
    action: null,
    actions: [],
    records: own,
    asks: [],
    end: 'quiet',
    seen: own.length,
    pictureAt: (n) => {
      const before = own.slice(0, n);
      return {
        ...start,
        n: before.length,
        nodes: Object.assign({}, start.nodes, ...before.map((record) => record.nodes)),
      };
    },
    ...change,
  };
}
