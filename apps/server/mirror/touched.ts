import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import { statsPath } from '@vivarium/ensemble/core/tree/quotas';
import { OpCode } from '@vivarium/wire/op-code';
import type { SubTxn, Txn, TxnRecord } from '@vivarium/wire/txn';

/** The parts of a transaction that change znodes; none where it failed as a whole. */
export function partsOf(txn: Txn): readonly SubTxn[] {
  switch (txn.type) {
    case OpCode.createSession:
    case OpCode.closeSession:
      return [];
    case OpCode.multi:
      return txn.txns.some(({ type }) => type === OpCode.error) ? [] : txn.txns;
    default:
      return [txn];
  }
}

/** The ephemerals that go with a session that a transaction closes, as the tree still has them or the transaction says. */
export function closedPaths({ header, txn }: TxnRecord, tree: DataTree): readonly string[] {
  if (txn.type !== OpCode.closeSession) return [];
  return [...new Set([...(txn.paths ?? []), ...tree.ephemeralsOf(header.sessionId)])];
}

/** The paths whose znodes a transaction may change, make or delete, each once; the tree is the one before it. */
export function touchedPaths(record: TxnRecord, tree: DataTree): Set<string> {
  const paths = new Set<string>(closedPaths(record, tree));
  for (const part of partsOf(record.txn)) {
    if (!('path' in part) || part.type === OpCode.check) continue;
    paths.add(part.path);
    const isDelete = part.type === OpCode.delete || part.type === OpCode.deleteContainer;
    // Only behind a snapshot of Apache's, which may hold later znodes of the same path: they go with it.
    if (isDelete && (tree.get(part.path)?.children?.size ?? 0) > 0) addBelow(part.path, tree, paths);
  }
  for (const path of [...paths]) {
    const subtree = tree.quotas.subtreeOf(path);
    if (subtree !== null) paths.add(statsPath(subtree));
  }
  return paths;
}

function addBelow(path: string, tree: DataTree, paths: Set<string>): void {
  for (const name of tree.get(path)?.children ?? []) {
    paths.add(`${path}/${name}`);
    addBelow(`${path}/${name}`, tree, paths);
  }
}
