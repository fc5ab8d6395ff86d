/** Reads of the client port, answered from this server's own tree (Java `FinalRequestProcessor`). */
import { type Id, Perms } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import type { ReplyBody } from '@vivarium/wire/replies';
import type { GetAclRequest, WatchableRead } from '@vivarium/wire/requests';
import type { ServerConfig } from '../io.ts';
import { isPermitted, maskedAcl } from '../request/access.ts';
import type { DataTree } from '../tree/data-tree.ts';
import { statOf } from '../tree/znode.ts';

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

export function answerRead(
  config: ServerConfig,
  tree: DataTree,
  ids: readonly Id[],
  request: WatchableRead | GetAclRequest,
): ReadAnswer {
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
    return { err: ErrorCode.OK, body: { kind: 'aclStat', acl: shown, stat: statOf(node) }, watch: null };
  }
  // Since 3.9.2 also for exists: that a node is there is knowledge too.
  if (!readable) return refuse(ErrorCode.NOAUTH);
  switch (type) {
    case OpCode.exists:
      return { err: ErrorCode.OK, body: { kind: 'stat', stat: statOf(node) }, watch: 'data' };
    case OpCode.getData:
      return { err: ErrorCode.OK, body: { kind: 'dataStat', data: node.data, stat: statOf(node) }, watch: 'data' };
    case OpCode.getChildren:
    case OpCode.getChildren2: {
      const children = node.children === null ? [] : [...node.children];
      const stat = type === OpCode.getChildren2 ? statOf(node) : null;
      return { err: ErrorCode.OK, body: { kind: 'children', children, stat }, watch: 'child' };
    }
  }
}
