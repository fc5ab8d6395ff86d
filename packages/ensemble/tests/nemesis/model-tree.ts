/**
 * What a tree is by the protocol's rules, written a second time and without the server's code, so that the two can be held
 * against one another: a transaction in, the tree after it and the watch events that it causes out.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import { nameOf, parentOf } from '@vivarium/shared/path';
import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType } from '@vivarium/wire/replies';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { SeenStat, WriteOp } from './history.ts';

interface Node {
  data: string;
  czxid: number;
  mzxid: number;
  pzxid: number;
  version: number;
  /** Children ever created here. */
  created: number;
  owner: string;
  readonly children: Set<string>;
}

/** A change that watches wait for. */
export interface Change {
  readonly type: number;
  readonly path: string;
}

const decoder = new TextDecoder();
const SEQUENCE_DIGITS = 10;

/** A session id as the history writes it. */
export function sessionText(sessionId: bigint): string {
  return BigInt.asUintN(64, sessionId).toString(16);
}

export class ModelTree {
  /** Timeouts in ms of the sessions that are alive. */
  readonly sessions = new Map<string, number>();
  private readonly nodes = new Map<string, Node>([['/', newNode('', 0, '0')]]);
  private readonly owned = new Map<string, Set<string>>();

  /** The Stat, data and names of the children of a node; null where there is none. */
  read(path: string): { stat: SeenStat; data: string; names: readonly string[] } | null {
    const node = this.nodes.get(path);
    if (node === undefined) return null;
    const { czxid, mzxid, pzxid, version, created, owner, children, data } = node;
    const cversion = created * 2 - children.size;
    return {
      stat: { czxid, mzxid, pzxid, version, cversion, children: children.size, owner },
      data,
      names: [...children].sort(),
    };
  }

  /** Paths of the ephemerals of a session, sorted. */
  ephemeralsOf(session: string): string[] {
    return [...(this.owned.get(session) ?? [])].sort();
  }

  /** Sessions that own a node. */
  owners(): string[] {
    return [...this.owned.keys()];
  }

  /** Error codes that the operations of one transaction have to get in this state: all 0, or those of a failed multi. */
  expected(ops: readonly WriteOp[]): number[] {
    /** Version of what the operations before have made; null: deleted. */
    const changed = new Map<string, number | null>();
    const codes: number[] = [];
    for (const op of ops) {
      const code = this.expectedOne(op, changed);
      if (code !== ErrorCode.OK) {
        return ops.map((_, index) => {
          if (index === codes.length) return code;
          return index < codes.length ? ErrorCode.OK : ErrorCode.RUNTIMEINCONSISTENCY;
        });
      }
      codes.push(code);
    }
    return codes;
  }

  private expectedOne(op: WriteOp, changed: Map<string, number | null>): number {
    const before = changed.get(op.path);
    const version = before === undefined ? (this.nodes.get(op.path)?.version ?? null) : before;
    if (op.op === 'create') {
      const parent = this.nodes.get(parentOf(op.path));
      if (parent === undefined) return ErrorCode.NONODE;
      if (op.sequential) return ErrorCode.OK;
      if (version !== null) return ErrorCode.NODEEXISTS;
      changed.set(op.path, 0);
      return ErrorCode.OK;
    }
    if (version === null) return ErrorCode.NONODE;
    if (op.version !== -1 && op.version !== version) return ErrorCode.BADVERSION;
    if (op.op === 'delete') {
      if ((this.nodes.get(op.path)?.children.size ?? 0) > 0) return ErrorCode.NOTEMPTY;
      changed.set(op.path, null);
    }
    if (op.op === 'set') changed.set(op.path, version + 1);
    return ErrorCode.OK;
  }

  /** The path that a sequential create has to get in this state. */
  sequentialPath(prefix: string): string {
    const created = this.nodes.get(parentOf(prefix))?.created ?? 0;
    return prefix + String(created).padStart(SEQUENCE_DIGITS, '0');
  }

  /** Applies a transaction; returns its changes, or in words why it cannot follow on what was before. */
  apply({ header, txn }: TxnRecord): Change[] | string {
    const zxid = Number(header.zxid);
    const session = sessionText(header.sessionId);
    switch (txn.type) {
      case OpCode.createSession:
        this.sessions.set(session, txn.timeoutMs);
        return [];
      case OpCode.closeSession: {
        const paths = this.ephemeralsOf(session);
        this.sessions.delete(session);
        const listed = txn.paths === null ? null : [...txn.paths].sort();
        if (listed !== null && listed.join() !== paths.join()) {
          return `closes the session with [${listed}], which owns [${paths}]`;
        }
        return paths.flatMap((path) => this.remove(path, zxid) ?? []);
      }
      case OpCode.multi: {
        if (txn.txns.some((sub) => sub.type === OpCode.error)) return [];
        const changes: Change[] = [];
        for (const sub of txn.txns) {
          const made = this.apply({ header, txn: sub, digest: null });
          if (typeof made === 'string') return made;
          changes.push(...made);
        }
        return changes;
      }
      case OpCode.create:
      case OpCode.create2:
        return this.create(
          txn.path,
          decoder.decode(txn.data ?? new Uint8Array(0)),
          txn.parentCversion,
          zxid,
          txn.ephemeral ? session : '0',
        );
      case OpCode.delete:
        if ((this.nodes.get(txn.path)?.children.size ?? 0) > 0) return `deletes ${txn.path}, which has children`;
        return this.remove(txn.path, zxid) ?? `deletes ${txn.path}, which is not there`;
      case OpCode.setData: {
        const node = this.nodes.get(txn.path);
        if (node === undefined) return `sets ${txn.path}, which is not there`;
        if (txn.version !== node.version + 1) return `sets version ${txn.version} of ${txn.path} after ${node.version}`;
        node.data = decoder.decode(txn.data ?? new Uint8Array(0));
        node.version = txn.version;
        node.mzxid = zxid;
        return [{ type: WatchEventType.dataChanged, path: txn.path }];
      }
      case OpCode.check:
      case OpCode.error:
        return [];
      default:
        return `is of type ${txn.type}, which nobody asks for`;
    }
  }

  private create(path: string, data: string, parentCversion: number, zxid: number, owner: string): Change[] | string {
    const parentPath = parentOf(path);
    const parent = this.nodes.get(parentPath);
    if (parent === undefined) return `creates ${path}, whose parent is not there`;
    if (this.nodes.has(path)) return `creates ${path}, which is there`;
    if (parentPath !== '/' && parentCversion !== parent.created + 1) {
      return `creates ${path} as child ${parentCversion} of its parent, which had ${parent.created}`;
    }
    if (owner !== '0') {
      if (!this.sessions.has(owner)) return `creates the ephemeral ${path} of a session that is over`;
      const paths = this.owned.get(owner) ?? new Set();
      this.owned.set(owner, paths.add(path));
    }
    parent.created = parentCversion;
    parent.pzxid = zxid;
    parent.children.add(nameOf(path));
    this.nodes.set(path, newNode(data, zxid, owner));
    return [
      { type: WatchEventType.created, path },
      { type: WatchEventType.childrenChanged, path: parentPath },
    ];
  }

  private remove(path: string, zxid: number): Change[] | null {
    const node = this.nodes.get(path);
    const parent = this.nodes.get(parentOf(path));
    if (node === undefined || parent === undefined) return null;
    this.nodes.delete(path);
    parent.children.delete(nameOf(path));
    parent.pzxid = zxid;
    const paths = this.owned.get(node.owner);
    if (paths?.delete(path) && paths.size === 0) this.owned.delete(node.owner);
    return [
      { type: WatchEventType.deleted, path },
      { type: WatchEventType.childrenChanged, path: parentOf(path) },
    ];
  }
}

function newNode(data: string, zxid: number, owner: string): Node {
  return { data, czxid: zxid, mzxid: zxid, pzxid: zxid, version: 0, created: 0, owner, children: new Set() };
}
