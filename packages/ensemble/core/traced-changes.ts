/** What trace events say of a transaction. */
import { MAX_TRACED_CHANGES, type ZnodeChange } from '@vivarium/shared/cluster-event';
import { ErrorCode } from '@vivarium/shared/error-code';
import { JuteError, JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { Txn } from '@vivarium/wire/txn';

/** The path that a transaction is about, where it is about one. */
export function pathOf(txn: Txn): string | null {
  return 'path' in txn ? txn.path : null;
}

/** The path that a request for a write names, where it names one: it stands first in every such record. */
export function requestedPath(type: OpCode, record: Uint8Array): string | null {
  if (type === OpCode.multi || type === OpCode.closeSession || type === OpCode.reconfig) return null;
  try {
    return new JuteReader(record).string();
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return null;
  }
}

/** The znodes that a transaction has changed, and how many more than can be named. */
export function changesOf(txn: Txn, err: ErrorCode): { changes: readonly ZnodeChange[]; moreChanges: number } {
  if (err !== ErrorCode.OK) return NONE;
  switch (txn.type) {
    case OpCode.multi:
      // Of a failed multi nothing is applied.
      if (txn.txns.some(({ type }) => type === OpCode.error)) return NONE;
      return bounded(txn.txns.flatMap((part) => changeOf(part) ?? []));
    case OpCode.closeSession:
      return bounded((txn.paths ?? []).map((path) => ({ path, change: 'deleted', version: -1 })));
    default: {
      const change = changeOf(txn);
      return change === null ? NONE : { changes: [change], moreChanges: 0 };
    }
  }
}

const NONE = { changes: [], moreChanges: 0 };

function bounded(changes: readonly ZnodeChange[]): { changes: readonly ZnodeChange[]; moreChanges: number } {
  const named = changes.slice(0, MAX_TRACED_CHANGES);
  return { changes: named, moreChanges: changes.length - named.length };
}

function changeOf(txn: Txn): ZnodeChange | null {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { path: txn.path, change: 'created', version: 0 };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { path: txn.path, change: 'deleted', version: -1 };
    case OpCode.setData:
    case OpCode.reconfig:
      return { path: txn.path, change: 'dataChanged', version: txn.version };
    case OpCode.setACL:
      return { path: txn.path, change: 'aclChanged', version: txn.version };
    default:
      return null;
  }
}
