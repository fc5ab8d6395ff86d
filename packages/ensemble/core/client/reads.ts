/** Reads of the client port, answered from this server's own tree (Java `FinalRequestProcessor`). */
import { type Id, Perms } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiResult, ReplyBody } from '@vivarium/wire/replies';
import type { MultiReadOp, ReadRequest, SyncRequest, WatchRequest } from '@vivarium/wire/requests';
import type { ServerConfig } from '../io.ts';
import { isPermitted, maskedAcl, userOf } from '../request/access.ts';
import type { DataTree } from '../tree/data-tree.ts';
import { statOf } from '../tree/znode.ts';

/** A read that the tree alone answers. */
export type TreeRead = Exclude<ReadRequest, SyncRequest | WatchRequest>;

/** Who reads. */
export interface Asker {
  readonly sessionId: bigint;
  readonly ids: readonly Id[];
}

/** The answer to a read; `watch` says whether one asked for is to be set, which an exists does on a missing node too. */
export interface ReadAnswer {
  readonly err: ErrorCode;
  readonly body: ReplyBody;
  readonly watch: 'data' | 'child' | null;
}

const EMPTY: ReplyBody = { kind: 'empty' };

function refuse(err: ErrorCode): ReadAnswer {
  return { err, body: EMPTY, watch: null };
}

export function answerRead(config: ServerConfig, tree: DataTree, asker: Asker, request: TreeRead): ReadAnswer {
  switch (request.type) {
    case OpCode.whoAmI:
      // The hash of a password is nobody's business, not even its owner's on another connection.
      return answer({ kind: 'ids', ids: asker.ids.map((id) => ({ scheme: id.scheme, id: userOf(id) })) });
    case OpCode.getEphemerals:
      return answer({ kind: 'paths', paths: ephemeralsBelow(tree, asker.sessionId, request.prefix) });
    case OpCode.multiRead:
      return answer({ kind: 'multi', results: readAll(config, tree, asker, request.ops) });
    default:
      return readNode(config, tree, asker, request);
  }
}

function answer(body: ReplyBody): ReadAnswer {
  return { err: ErrorCode.OK, body, watch: null };
}

type NodeRead = Exclude<
  TreeRead,
  { type: typeof OpCode.whoAmI | typeof OpCode.getEphemerals | typeof OpCode.multiRead }
>;

function readNode(config: ServerConfig, tree: DataTree, { ids }: Asker, request: NodeRead): ReadAnswer {
  const { type, path } = request;
  if (type === OpCode.exists && path.includes('\0')) return refuse(ErrorCode.BADARGUMENTS);
  const node = tree.get(path);
  if (node === undefined) {
    return { err: ErrorCode.NONODE, body: EMPTY, watch: type === OpCode.exists ? 'data' : null };
  }
  const acl = tree.aclOf(node);
  const readable = isPermitted(config, acl, Perms.READ, ids);
  if (type === OpCode.getACL) {
    const administers = isPermitted(config, acl, Perms.ADMIN, ids);
    if (!readable && !administers) return refuse(ErrorCode.NOAUTH);
    const shown = administers ? acl : maskedAcl(acl);
    return answer({ kind: 'aclStat', acl: shown, stat: statOf(node) });
  }
  // Since 3.9.2 also for exists: that a node is there is knowledge too.
  if (!readable) return refuse(ErrorCode.NOAUTH);
  switch (type) {
    case OpCode.exists:
      return { err: ErrorCode.OK, body: { kind: 'stat', stat: statOf(node) }, watch: 'data' };
    case OpCode.getData:
      return { err: ErrorCode.OK, body: { kind: 'dataStat', data: node.data, stat: statOf(node) }, watch: 'data' };
    case OpCode.getAllChildrenNumber:
      return answer({ kind: 'count', count: tree.countDescendants(path) });
    case OpCode.getChildren:
    case OpCode.getChildren2: {
      const children = node.children === null ? [] : [...node.children];
      const stat = type === OpCode.getChildren2 ? statOf(node) : null;
      return { err: ErrorCode.OK, body: { kind: 'children', children, stat }, watch: 'child' };
    }
  }
}

/**
 * What a multiRead may be answered in all. In one frame of 1 MB a client can ask for the same znode 60,000 times, and the answer
 * is made at once; who may keep a znode of 1 MB could end a server by it.
 */
const MAX_MULTI_READ_BYTES = 16 * 1024 * 1024;

/** Those that the answer has no more room for fail. */
function readAll(config: ServerConfig, tree: DataTree, asker: Asker, ops: readonly MultiReadOp[]): MultiResult[] {
  let bytes = 0;
  return ops.map((op) => {
    if (bytes > MAX_MULTI_READ_BYTES) return { type: OpCode.error, err: ErrorCode.MARSHALLINGERROR };
    const result = resultOf(readNode(config, tree, asker, op));
    bytes += bytesOf(result);
    return result;
  });
}

function bytesOf(result: MultiResult): number {
  if (result.type === OpCode.getData) return result.data?.length ?? 0;
  if (result.type !== OpCode.getChildren) return 0;
  return result.children.reduce((sum, name) => sum + 4 + name.length, 0);
}

/** Each read of a multiRead succeeds or fails by itself. */
function resultOf({ err, body }: ReadAnswer): MultiResult {
  if (body.kind === 'dataStat') return { type: OpCode.getData, data: body.data, stat: body.stat };
  if (body.kind === 'children') return { type: OpCode.getChildren, children: body.children };
  return { type: OpCode.error, err };
}

/** The prefix is one of text, not of a path: `/a` is one of `/ab` too. */
function ephemeralsBelow(tree: DataTree, sessionId: bigint, prefix: string | null): string[] {
  const paths = [...tree.ephemeralsOf(sessionId)];
  const wanted = prefix?.trim() ?? '';
  return prefix === null || wanted === '' || wanted === '/' ? paths : paths.filter((path) => path.startsWith(prefix));
}
