/**
 * Turns a request into a transaction (Java `PrepRequestProcessor`): validates it against the tree as it will be, and says
 * what will change. The order of the checks is Apache's, since it decides which error a client sees.
 */
import { type Id, Perms } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { parentOf, pathFault } from '@vivarium/shared/path';
import type { StatPersisted } from '@vivarium/shared/stat';
import { encodeUtf8, utf8Length } from '@vivarium/shared/utf8';
import { OpCode } from '@vivarium/wire/op-code';
import type {
  CreateContainerRequest,
  CreateRequest,
  CreateTtlRequest,
  MultiOp,
  ReconfigRequest,
  WriteRequest,
} from '@vivarium/wire/requests';
import type { SubTxn, Txn } from '@vivarium/wire/txn';
import type { ServerConfig } from '../io.ts';
import { configText } from '../membership/configuration.ts';
import type { Membership } from '../membership/membership.ts';
import { Quorum } from '../membership/quorum.ts';
import { planReconfiguration } from '../membership/reconfiguration.ts';
import { CONFIG_NODE, QUOTA_NODE, ROOT, ZOOKEEPER_NODE } from '../tree/data-tree.ts';
import { isQuotaText } from '../tree/quota-text.ts';
import { quotaNodeOf } from '../tree/quotas.ts';
import { CONTAINER_OWNER, isSessionOwner, MAX_TTL_MS, ttlOwner } from '../tree/znode.ts';
import { isPermitted, storedAcl } from './access.ts';
import type { FutureNode, OutstandingChanges } from './outstanding-changes.ts';
import type { Charge } from './pending-charges.ts';
import { quotaExcesses } from './quota-excess.ts';
import type { QuotaWarnings } from './quota-warnings.ts';

/** What a reconfiguration is measured by. */
export interface Ensemble {
  readonly membership: Membership;
  /** Servers that have all there is: this leader, and its followers that are up to date. */
  readonly synced: ReadonlySet<number>;
}

/** Who asks, and the transaction's place in order. */
export interface PrepareContext {
  readonly config: ServerConfig;
  /** Null on a server alone. */
  readonly ensemble: Ensemble | null;
  readonly changes: OutstandingChanges;
  readonly sessionId: bigint;
  readonly ids: readonly Id[];
  readonly zxid: bigint;
  readonly timeMs: number;
  /** Told of each limit that a write would pass. */
  readonly quotaWarnings: Pick<QuotaWarnings, 'exceeded'>;
}

/** The server's own removal of a node that has outlived its purpose; no client may ask for it. */
export interface ReapRequest {
  readonly type: typeof OpCode.deleteContainer;
  readonly path: string;
}

/** All that takes a zxid. */
export type OrderedRequest = WriteRequest | ReapRequest;

/** Ends a preparation with an error for the client. Never leaves this file. */
class Refusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

const UNDELETABLE = new Set<string>([ROOT, ZOOKEEPER_NODE, QUOTA_NODE, CONFIG_NODE]);
/** What the list of a closeSession may take. */
const MAX_PATHS_BYTES = 1024 * 1024;
/** What the ACLs of a multi come to; with more it would be too long for peers in any case. */
const MAX_MULTI_ACL_ENTRIES = 64 * 1024;
const FLAG_EPHEMERAL = 1;
const FLAG_SEQUENTIAL = 2;
const FLAG_CONTAINER = 4;
const FLAG_TTL = 5;
const FLAG_TTL_SEQUENTIAL = 6;

/** The transaction of a request; an error transaction where it is refused. */
export function prepare(context: PrepareContext, request: OrderedRequest): Txn {
  switch (request.type) {
    case OpCode.createSession:
      return { type: OpCode.createSession, timeoutMs: request.timeoutMs };
    case OpCode.closeSession:
      return prepareCloseSession(context);
    case OpCode.multi:
      return prepareMulti(context, request.ops);
    case OpCode.check:
      // Apache 3.8.0 logs one that stands alone as a transaction which it cannot read again; newer ones refuse it.
      return { type: OpCode.error, err: ErrorCode.UNIMPLEMENTED };
    default:
      try {
        return prepareOne(context, request);
      } catch (error) {
        if (error instanceof Refusal) return { type: OpCode.error, err: error.code };
        throw error;
      }
  }
}

/** Creates that are under way count as well, so that none of them outlives the session (ZOOKEEPER-1208). */
function prepareCloseSession(context: PrepareContext): Txn {
  const paths = context.changes.ephemeralsOf(context.sessionId);
  let bytes = 0;
  for (const path of paths) {
    bytes += 4 + utf8Length(path);
    removeNode(context, path);
  }
  // Without the list, every server takes what the session has in its tree, which is the same: nothing is created in the name
  // of a session that closes. A transaction longer than peers take would end the ensemble for good (ZOOKEEPER-4306).
  return { type: OpCode.closeSession, paths: bytes > MAX_PATHS_BYTES ? null : paths };
}

function prepareMulti(context: PrepareContext, ops: readonly MultiOp[]): Txn {
  const txns: SubTxn[] = [];
  let failed = false;
  let aclEntries = 0;
  context.changes.begin();
  for (const op of ops) {
    if (failed) {
      txns.push({ type: OpCode.error, err: ErrorCode.RUNTIMEINCONSISTENCY });
      continue;
    }
    try {
      const txn = prepareOne(context, op);
      aclEntries += 'acl' in txn ? (txn.acl?.length ?? 0) : 0;
      if (aclEntries > MAX_MULTI_ACL_ENTRIES) throw new Refusal(ErrorCode.INVALIDACL);
      // 3.8.0 knows no create2 inside a multi: it would skip the transaction and go on with another tree than ours.
      txns.push(txn.type === OpCode.create2 ? { ...txn, type: OpCode.create } : txn);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed = true;
      txns.push({ type: OpCode.error, err: error.code });
    }
  }
  if (failed) context.changes.rollback();
  else context.changes.keep();
  return { type: OpCode.multi, txns };
}

type SingleRequest = Exclude<
  OrderedRequest,
  { type: typeof OpCode.multi | typeof OpCode.createSession | typeof OpCode.closeSession }
>;

function prepareOne(context: PrepareContext, request: SingleRequest): SubTxn {
  const { changes, zxid, timeMs } = context;
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return prepareCreate(context, request);
    case OpCode.deleteContainer: {
      const { path } = request;
      const node = existing(context, path);
      if (node.childCount > 0) throw new Refusal(ErrorCode.NOTEMPTY);
      // Somebody may have put another node in its place since it was found to be superfluous.
      if (node.stat.ephemeralOwner === 0n || isSessionOwner(node.stat.ephemeralOwner)) {
        throw new Refusal(ErrorCode.BADVERSION);
      }
      removeNode(context, path);
      return { type: OpCode.deleteContainer, path };
    }
    case OpCode.delete: {
      const { path } = request;
      if (!path.includes('/') || path.includes('\0') || UNDELETABLE.has(path))
        throw new Refusal(ErrorCode.BADARGUMENTS);
      const parent = existing(context, parentOf(path));
      permitted(context, parent, Perms.DELETE);
      const node = existing(context, path);
      expectVersion(request.version, node.stat.version);
      if (node.childCount > 0) throw new Refusal(ErrorCode.NOTEMPTY);
      removeNode(context, path);
      return { type: OpCode.delete, path };
    }
    case OpCode.setData: {
      const { path, data } = request;
      const node = existing(context, validPath(path));
      permitted(context, node, Perms.WRITE);
      const charge = { bytes: (data?.length ?? 0) - (node.data?.length ?? 0), count: 0 };
      withinQuota(context, path, data, charge);
      expectVersion(request.version, node.stat.version);
      const version = nextVersion(node.stat.version);
      changes.set(path, zxid, { ...node, data, stat: { ...statOf(node), version, mzxid: zxid, mtimeMs: timeMs } });
      chargeQuota(context, path, charge);
      return { type: OpCode.setData, path, data, version };
    }
    case OpCode.reconfig:
      return prepareReconfig(context, request);
    case OpCode.setACL: {
      const { path } = request;
      validPath(path);
      const acl = storedAcl(request.acl, context.ids);
      if (acl === null) throw new Refusal(ErrorCode.INVALIDACL);
      const node = existing(context, path);
      permitted(context, node, Perms.ADMIN);
      expectVersion(request.version, node.stat.aversion);
      const version = nextVersion(node.stat.aversion);
      changes.set(path, zxid, { ...node, acl, stat: { ...statOf(node), aversion: version } });
      return { type: OpCode.setACL, path, acl, version };
    }
    case OpCode.check: {
      const { path, version } = request;
      const node = existing(context, validPath(path));
      permitted(context, node, Perms.READ);
      expectVersion(version, node.stat.version);
      // Java logs the version after the check, one more than the one that was compared.
      return { type: OpCode.check, path, version: nextVersion(node.stat.version) };
    }
  }
}

/** The checks in Apache's order: permission comes last. */
function prepareReconfig(context: PrepareContext, request: ReconfigRequest): SubTxn {
  const { config, ensemble, changes, zxid, timeMs } = context;
  if (!config.reconfigEnabled) throw new Refusal(ErrorCode.RECONFIGDISABLED);
  if (ensemble === null) throw new Refusal(ErrorCode.UNIMPLEMENTED);
  const { committed, pending } = ensemble.membership;
  if (pending !== null) throw new Refusal(ErrorCode.RECONFIGINPROGRESS);
  const planned = planReconfiguration(request, committed, config.standaloneEnabled ? 2 : 1, zxid);
  if (!planned.ok) throw new Refusal(planned.err);
  if (!new Quorum(planned.configuration).isQuorum(ensemble.synced)) throw new Refusal(ErrorCode.NEWCONFIGNOQUORUM);
  const node = existing(context, CONFIG_NODE);
  permitted(context, node, Perms.WRITE);
  const data = encodeUtf8(configText(planned.configuration));
  const version = -1;
  changes.set(CONFIG_NODE, zxid, { ...node, data, stat: { ...statOf(node), version, mzxid: zxid, mtimeMs: timeMs } });
  return { type: OpCode.reconfig, path: CONFIG_NODE, data, version };
}

function prepareCreate(context: PrepareContext, request: AnyCreate): SubTxn {
  const { changes, zxid, timeMs } = context;
  const { data } = request;
  const kind = kindOf(context, request);
  if (!request.path.includes('/') || request.path.includes('\0')) throw new Refusal(ErrorCode.BADARGUMENTS);
  const acl = storedAcl(request.acl, context.ids);
  if (acl === null) throw new Refusal(ErrorCode.INVALIDACL);
  const parentPath = parentPathOf(request.path);
  const parent = existing(context, parentPath);
  permitted(context, parent, Perms.CREATE);
  const path = kind.sequential ? request.path + sequenceSuffix(parent.stat.cversion) : request.path;
  validPath(path);
  if (changes.get(path) !== undefined) throw new Refusal(ErrorCode.NODEEXISTS);
  if (isSessionOwner(parent.stat.ephemeralOwner)) throw new Refusal(ErrorCode.NOCHILDRENFOREPHEMERALS);
  const charge = { bytes: data?.length ?? 0, count: 1 };
  withinQuota(context, path, data, charge);

  const parentCversion = (parent.stat.cversion + 1) | 0;
  const parentStat = { ...statOf(parent), cversion: parentCversion, pzxid: zxid };
  changes.set(parentPath, zxid, { ...parent, childCount: parent.childCount + 1, stat: parentStat });
  const stat = {
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctimeMs: timeMs,
    mtimeMs: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: kind.owner,
  };
  changes.set(path, zxid, { stat, childCount: 0, data, acl });
  chargeQuota(context, path, charge);
  switch (request.type) {
    case OpCode.createContainer:
      return { type: request.type, path, data, acl, parentCversion };
    case OpCode.createTTL:
      return { type: request.type, path, data, acl, parentCversion, ttlMs: request.ttlMs };
    default:
      return { type: request.type, path, data, acl, ephemeral: kind.owner !== 0n, parentCversion };
  }
}

type AnyCreate = CreateRequest | CreateContainerRequest | CreateTtlRequest;

/**
 * Whether the flags of a create go with its type, by which Apache goes: of a plain create with those of a container it makes a
 * plain node, and of a createTTL with those of another node one that ends the server, and each start after it.
 */
export function hasFlagsOfItsType({ type, flags }: AnyCreate): boolean {
  switch (type) {
    case OpCode.createContainer:
      return flags === FLAG_CONTAINER;
    case OpCode.createTTL:
      return flags === FLAG_TTL || flags === FLAG_TTL_SEQUENTIAL;
    default:
      return flags >= 0 && flags <= FLAG_CONTAINER;
  }
}

/** Who will own what a create makes, and whether a number is added to its name. */
function kindOf(context: PrepareContext, request: AnyCreate): { owner: bigint; sequential: boolean } {
  const { flags } = request;
  const asksForTtl = flags === FLAG_TTL || flags === FLAG_TTL_SEQUENTIAL;
  if (asksForTtl && !context.config.extendedTypesEnabled) throw new Refusal(ErrorCode.UNIMPLEMENTED);
  if (!hasFlagsOfItsType(request)) throw new Refusal(ErrorCode.BADARGUMENTS);
  switch (request.type) {
    case OpCode.createContainer:
      return { owner: CONTAINER_OWNER, sequential: false };
    case OpCode.createTTL:
      if (request.ttlMs <= 0 || request.ttlMs > MAX_TTL_MS) throw new Refusal(ErrorCode.BADARGUMENTS);
      return { owner: ttlOwner(request.ttlMs), sequential: flags === FLAG_TTL_SEQUENTIAL };
    default: {
      const isPlain = flags === FLAG_CONTAINER;
      return {
        owner: !isPlain && (flags & FLAG_EPHEMERAL) !== 0 ? context.sessionId : 0n,
        sequential: !isPlain && (flags & FLAG_SEQUENTIAL) !== 0,
      };
    }
  }
}

/** Ten digits, with the sign of a counter that has passed 2^31 in front, as Java's `%010d` writes it. */
function sequenceSuffix(count: number): string {
  return count >= 0 ? String(count).padStart(10, '0') : `-${String(-count).padStart(9, '0')}`;
}

/** The parent up to the last slash, before the path is known to be good: `/a/` is a child of `/a`. */
function parentPathOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function removeNode(context: PrepareContext, path: string): void {
  const { changes, zxid } = context;
  const parentPath = parentOf(path);
  const parent = changes.get(parentPath);
  if (parent !== undefined) {
    changes.set(parentPath, zxid, {
      ...parent,
      childCount: parent.childCount - 1,
      stat: { ...statOf(parent), pzxid: zxid },
    });
  }
  chargeQuota(context, path, { bytes: -(changes.get(path)?.data?.length ?? 0), count: -1 });
  changes.set(path, zxid, null);
}

/**
 * Refuses a write beyond a hard limit, and one that would make no quota of the node of one: of a limit without a subtree, and of
 * text that is no quota, servers up to 3.9.5 die when they apply it, and whenever they start again.
 */
function withinQuota(context: PrepareContext, path: string, data: Uint8Array | null, charge: Charge): void {
  const { changes } = context;
  const quotaNode = quotaNodeOf(path);
  if (quotaNode !== null && (quotaNode.subtree === '' || !isQuotaText(data))) throw new Refusal(ErrorCode.BADARGUMENTS);
  const subtree = changes.tree.quotas.subtreeOf(path);
  if (subtree === null) return;
  for (const excess of quotaExcesses(changes.tree, subtree, charge, changes.charges.of(subtree))) {
    context.quotaWarnings.exceeded(excess);
    if (excess.isHard && context.config.enforceQuota) throw new Refusal(ErrorCode.QUOTAEXCEEDED);
  }
}

/** Notes what a write adds to the subtree with a quota that it is in, so that the next one is measured with it. */
function chargeQuota({ changes, zxid }: PrepareContext, path: string, charge: Charge): void {
  const subtree = changes.tree.quotas.subtreeOf(path);
  if (subtree !== null) changes.charges.add(subtree, zxid, charge);
}

function statOf(node: FutureNode): StatPersisted {
  const { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid } = node.stat;
  return { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid };
}

function validPath(path: string): string {
  if (pathFault(path) !== null) throw new Refusal(ErrorCode.BADARGUMENTS);
  return path;
}

function existing(context: PrepareContext, path: string): FutureNode {
  const node = context.changes.get(path);
  if (node === undefined) throw new Refusal(ErrorCode.NONODE);
  return node;
}

function permitted(context: PrepareContext, node: FutureNode, perm: number): void {
  if (!isPermitted(context.config, node.acl, perm, context.ids)) throw new Refusal(ErrorCode.NOAUTH);
}

/** One more, but never -1, which in a request stands for any version (ZOOKEEPER-4743). */
function nextVersion(version: number): number {
  const next = (version + 1) | 0;
  return next === -1 ? 0 : next;
}

function expectVersion(expected: number, actual: number): void {
  if (expected !== -1 && expected !== actual) throw new Refusal(ErrorCode.BADVERSION);
}
