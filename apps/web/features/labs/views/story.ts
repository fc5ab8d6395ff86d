/** What a history tells, read once from its records for the drawing: who sent what to whom, and what changed where. Pure. */
import type { Picture, StepRecord } from '@vivarium/labs/history';
import type { Fact, NodeView } from '@vivarium/labs/node-view';
import type { Text } from '@vivarium/labs/text';
import type { Happening, MessageId, Sent } from '@vivarium/simulation/stepped/journal';
import type { NodeStatus } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';

/** A message and what became of it. */
export interface Trip {
  readonly sent: Sent;
  readonly sentN: number;
  /** The entry that ended it; null where none has. */
  readonly endN: number | null;
  /** `replaced`: another message was put in its place. */
  readonly fate: 'arrived' | 'lost' | 'replaced' | 'underWay';
}

/** Something that an entry did to a node besides handing it a message. */
export interface NodePoint {
  readonly n: number;
  readonly node: NodeId;
  readonly kind: 'timer' | 'persisted' | 'crash' | 'restart' | 'pause' | 'resume' | 'wipe' | 'command';
}

/** What is drawn otherwise of a node since an entry. */
export interface NodeChange {
  readonly n: number;
  readonly node: NodeId;
  /** The new state of its machine; null where it stayed. */
  readonly state: string | null;
  readonly facts: readonly Fact[];
  /** The last record of its log, where it is new or more settled. */
  readonly record: { readonly label: string; readonly settled: boolean } | null;
}

/** A stretch in which a node had a status: from entry `from` on, until `to` (null: it still has). */
export interface StatusStretch {
  readonly node: NodeId;
  readonly status: NodeStatus;
  readonly from: number;
  readonly to: number | null;
}

export interface Story {
  readonly trips: readonly Trip[];
  readonly points: readonly NodePoint[];
  readonly changes: readonly NodeChange[];
  readonly statuses: readonly StatusStretch[];
  /** After entry n nothing goes along these links any more, `from>to`. */
  readonly cuts: readonly { readonly n: number; readonly cuts: readonly string[] }[];
  /** Moments that have a name. */
  readonly named: readonly { readonly n: number; readonly text: Text; readonly nodes: readonly NodeId[] }[];
  /** The entry that caused entry n, at n − 1; null for what came from outside. */
  readonly causes: readonly (number | null)[];
}

/** Reads a history from its first picture and its records. */
export function readStory(start: Picture, records: readonly StepRecord[]): Story {
  const trips = new Map<MessageId, Trip>();
  const points: NodePoint[] = [];
  const changes: NodeChange[] = [];
  const named: Story['named'][number][] = [];
  const cuts: Story['cuts'][number][] = [];
  const statuses: StatusStretch[] = [];
  const open = new Map<NodeId, StatusStretch>();
  const views = new Map<NodeId, NodeView>();
  for (const [node, { status, view }] of Object.entries(start.nodes)) {
    open.set(node, { node, status, from: 0, to: null });
    views.set(node, view);
  }
  for (const record of records) {
    const { entry } = record;
    const { n, happening } = entry;
    for (const sent of entry.sent) trips.set(sent.id, { sent, sentN: n, endN: null, fate: 'underWay' });
    const ended = endedBy(happening);
    const trip = ended === null ? undefined : trips.get(ended.id);
    if (ended !== null && trip !== undefined) trips.set(ended.id, { ...trip, endN: n, fate: ended.fate });
    const point = pointOf(happening);
    if (point !== null) points.push({ n, ...point });
    for (const [node, { status, view }] of Object.entries(record.nodes)) {
      const stretch = open.get(node);
      if (stretch === undefined || stretch.status !== status) {
        if (stretch !== undefined) statuses.push({ ...stretch, to: n });
        open.set(node, { node, status, from: n, to: null });
      }
      const change = changeOf(n, node, views.get(node), view);
      if (change !== null && status !== 'down') changes.push(change);
      views.set(node, view);
    }
    if (record.cuts !== null) cuts.push({ n, cuts: record.cuts });
    if (record.mark !== null) {
      const nodes = record.annotations?.flatMap((annotation) => annotation.nodes) ?? [];
      named.push({ n, text: record.mark, nodes });
    }
  }
  return {
    trips: [...trips.values()],
    points,
    changes,
    statuses: [...statuses, ...open.values()],
    cuts,
    named,
    causes: records.map(({ entry }) => entry.cause),
  };
}

/** The entries that led to entry n, n among them, the first one last. */
export function chainOf(causes: readonly (number | null)[], n: number): readonly number[] {
  const chain: number[] = [];
  // A cause comes before what it causes, so that this ends.
  for (let at: number | null = n; at !== null && at > 0; ) {
    chain.push(at);
    const cause: number | null = causes[at - 1] ?? null;
    at = cause !== null && cause < at ? cause : null;
  }
  return chain;
}

function endedBy(happening: Happening): { readonly id: MessageId; readonly fate: Trip['fate'] } | null {
  switch (happening.kind) {
    case 'deliver':
      return { id: happening.message, fate: 'arrived' };
    case 'lose':
      return { id: happening.message, fate: 'lost' };
    case 'act': {
      const { action } = happening;
      if (action.do === 'tamper') return { id: action.message, fate: 'replaced' };
      return action.do === 'drop' ? { id: action.message, fate: 'lost' } : null;
    }
    default:
      return null;
  }
}

function pointOf(happening: Happening): Omit<NodePoint, 'n'> | null {
  if (happening.kind === 'timer' || happening.kind === 'persisted')
    return { node: happening.node, kind: happening.kind };
  if (happening.kind !== 'act') return null;
  const { action } = happening;
  switch (action.do) {
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'wipe':
    case 'command':
      return { node: action.node, kind: action.do };
    case 'fire':
      return { node: action.node, kind: 'timer' };
    default:
      return null;
  }
}

function changeOf(n: number, node: NodeId, before: NodeView | undefined, after: NodeView): NodeChange | null {
  if (before === undefined || before === after) return null;
  const facts = after.facts.filter(({ id, value }) => {
    const was = before.facts.find((fact) => fact.id === id)?.value;
    return value.kind !== 'none' && !sameFact(was, value) && !isOnlyUnsettled(was, value);
  });
  const state = before.state === after.state ? null : after.state;
  const last = after.log.at(-1);
  const known = before.log.find(({ key }) => key === last?.key);
  const isSettled = last?.state === 'committed';
  const record =
    last === undefined || (known !== undefined && (known.state === 'committed' || !isSettled))
      ? null
      : { label: last.label, settled: isSettled };
  return state === null && facts.length === 0 && record === null ? null : { n, node, state, facts, record };
}

/** Whether it is the same value, which is in doubt now: that is for the stage, not for a mark of its own. */
function isOnlyUnsettled(was: Fact['value'] | undefined, now: Fact['value']): boolean {
  return was?.kind === 'value' && now.kind === 'value' && was.value === now.value && !now.settled;
}

/** Whether two values are drawn alike. Facts are small plain data. */
function sameFact(a: Fact['value'] | undefined, b: Fact['value'] | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
