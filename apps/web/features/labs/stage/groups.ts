/** Who still hears whom, as the groups into which cuts have split the nodes. */
import type { NodeId } from '@vivarium/simulation/stepped/program';

/** The groups between which nothing goes either way, in the order of the nodes. */
export function groupsOf(nodes: readonly NodeId[], cuts: readonly string[]): readonly (readonly NodeId[])[] {
  const isApart = (a: NodeId, b: NodeId) => cuts.includes(`${a}>${b}`) && cuts.includes(`${b}>${a}`);
  const left = new Set(nodes);
  const groups: NodeId[][] = [];
  for (const node of nodes) {
    if (!left.delete(node)) continue;
    const group = [node];
    // What is found is looked from in its turn.
    for (const member of group) {
      for (const other of left) {
        if (isApart(member, other)) continue;
        left.delete(other);
        group.push(other);
      }
    }
    groups.push(nodes.filter((id) => group.includes(id)));
  }
  return groups;
}

/** These nodes as a group of their own, and the others split as they are now. */
export function apart(
  alone: readonly NodeId[],
  nodes: readonly NodeId[],
  cuts: readonly string[],
): readonly (readonly NodeId[])[] {
  const others = nodes.filter((id) => !alone.includes(id));
  return [alone, ...groupsOf(others, cuts)];
}
