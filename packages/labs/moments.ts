/** Questions that rules, narration and predictions ask of a moment: what its entry did. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';

/** Whether the entry made the node tell this. */
export function tells<S, M, D>(moment: Moment<S, M, D>, node: NodeId, what: string): boolean {
  return moment.entry?.told.some((told) => told.node === node && told.what === what) ?? false;
}

/** Whether the entry is the delivery of a message; of that type, to that node, where they are given. */
export function delivers<S, M, D>(moment: Moment<S, M, D>, type?: string, to?: NodeId): boolean {
  if (moment.entry?.happening.kind !== 'deliver' || moment.flight === null) return false;
  return (type === undefined || moment.flight.type === type) && (to === undefined || moment.flight.to === to);
}

/** Whether the entry is the loss of a message; of that type where it is given. */
export function loses<S, M, D>(moment: Moment<S, M, D>, type?: string): boolean {
  const happening = moment.entry?.happening;
  if (happening === undefined) return false;
  const lost = happening.kind === 'lose' || (happening.kind === 'act' && happening.action.do === 'drop');
  return lost && (type === undefined || moment.flight?.type === type);
}

/** The state of a node that runs; null for one that is down. */
export function stateOf<S, M, D>(moment: Moment<S, M, D>, node: NodeId): S | null {
  return moment.nodes.get(node)?.state ?? null;
}
