/** A ZooKeeper client: one session with an ensemble, and the operations of the client protocol. */
import { EventEmitter } from 'node:events';
import { type Acl, type Id, OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { pathFault } from '@vivarium/shared/path';
import type { Stat } from '@vivarium/shared/stat';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { JuteError } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiResult, ReplyBody, WatcherEvent } from '@vivarium/wire/replies';
import { AddWatchMode, type ClientRequest, type MultiOp, WatcherType } from '@vivarium/wire/requests';
import type { ClientOptions, CreateOptions, Credential, WatchOptions } from './client-options.ts';
import { parseConnectString } from './connect-string.ts';
import type { ConnectionFailure } from './connection-failure.ts';
import { CREATE_FLAGS, createType, isSequential, type MultiCreateMode } from './create-mode.ts';
import { tlsContext } from './dial.ts';
import { MultiError, ZooKeeperError } from './errors.ts';
import { expectKind, Operation, type OperationOptions, success } from './operation.ts';
import { type ClientState, Session } from './session.ts';
import type { LastingWatchKind, RemovableKind, Watcher, WatchKind } from './watches.ts';

export type { ClientOptions } from './client-options.ts';
export type { ClientState } from './session.ts';

/** One operation of a multi. */
export type MultiOperation =
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data: Uint8Array;
      readonly mode?: MultiCreateMode;
      readonly acl?: readonly Acl[];
    }
  | { readonly op: 'delete' | 'check'; readonly path: string; readonly version?: number }
  | { readonly op: 'setData'; readonly path: string; readonly data: Uint8Array; readonly version?: number };

/** What one operation of a multi did; `stat` of a create is null where the server does not tell (before 3.8.2). */
export type MultiOperationResult =
  | { readonly op: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly op: 'setData'; readonly stat: Stat }
  | { readonly op: 'delete' | 'check' };

const ANY_VERSION = -1;
/** Holds who belongs to the ensemble (Java `ZooDefs.CONFIG_NODE`); it is never below a chroot. */
const CONFIG_PATH = '/zookeeper/config';

/**
 * Operations reject with `ZooKeeperError` (what the server answered), its heirs `ConnectionLossError`,
 * `OperationTimeoutError` and `MultiError`, or `ClientError` (what this client refused). Before there is a connection, and
 * after a loss, they wait up to their deadline. Reads that were under way are then sent again; writes never are: they
 * reject. `failed` tells of each connection that failed or was lost. Listeners and watchers are called on their own, so that what they throw disturbs nothing here.
 */
export class ZooKeeperClient extends EventEmitter<{ state: [ClientState]; failed: [ConnectionFailure] }> {
  private readonly chroot: string;
  private readonly session: Session;
  private readonly operationDeadlineMs: number;
  private readonly credentials: readonly Credential[];
  /** Servers that do not know whoAmI: each that is asked closes the connection (Java `UnimplementedRequestProcessor`). */
  private readonly withoutWhoAmI = new Set<string | null>();

  /** Throws `ConnectStringError`, and what Node says of keys and certificates that cannot be read. */
  constructor(options: ClientOptions) {
    super();
    const { servers, chroot } = parseConnectString(options.connectString);
    this.chroot = chroot;
    this.operationDeadlineMs = options.operationDeadlineMs ?? 30_000;
    this.credentials = options.credentials ?? [];
    this.session = new Session(
      {
        servers,
        tls: options.tls === undefined ? null : tlsContext(options.tls),
        readOnly: options.readOnly ?? false,
        sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
        maxReplyBytes: options.maxReplyBytes ?? 64 * 1024 * 1024,
        maxRequestBytes: options.maxRequestBytes ?? 0xfffff,
        maxQueuedRequests: options.maxQueuedRequests ?? 10_000,
        maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
      },
      {
        state: (state) => queueMicrotask(() => this.emit('state', state)),
        notified: (event, zxid) => this.notified(event, zxid),
        failed: (failure) => queueMicrotask(() => this.emit('failed', failure)),
      },
    );
  }

  /** Begins to look for a server; `state` tells what comes of it. */
  start(): void {
    this.session.start();
    for (const { scheme, auth } of this.credentials) {
      // Where it is refused the state tells.
      this.addAuth(scheme, auth).catch(() => {});
    }
  }

  /**
   * Ends the session and its ephemerals; operations under way are still answered. While there is no connection nobody can
   * be told: the server then ends the session after its timeout. May be called again.
   */
  close(): Promise<void> {
    return this.session.close();
  }

  get state(): ClientState {
    return this.session.state;
  }

  /** 0n before the first connection. */
  get sessionId(): bigint {
    return this.session.sessionId;
  }

  /** The session's timeout as the server granted it; before the first connection, as it was asked for. */
  get negotiatedTimeoutMs(): number {
    return this.session.negotiatedTimeoutMs;
  }

  /** `host:port` of the server that it is connected to. */
  get server(): string | null {
    return this.session.server;
  }

  /** The newest zxid that a server has told; 0n before the first. */
  get lastZxid(): bigint {
    return this.session.lastZxid;
  }

  async create(
    path: string,
    data: Uint8Array | null,
    options: CreateOptions = {},
  ): Promise<{ path: string; stat: Stat }> {
    const { mode = 'persistent', acl = OPEN_ACL, ttlMs = 0 } = options;
    const type = createType(mode);
    const node = { path: this.toServer(path, isSequential(mode)), data, acl, flags: CREATE_FLAGS[mode] };
    const request = type === OpCode.createTTL ? { type, ...node, ttlMs } : { type, ...node };
    return this.write(request, path, options, (body) => {
      const created = expectKind(body, 'pathStat');
      return { path: this.fromServer(created.path), stat: created.stat };
    });
  }

  /** `version` -1, the default, deletes whatever version is there. */
  async delete(path: string, version = ANY_VERSION, options: OperationOptions = {}): Promise<void> {
    return this.write({ type: OpCode.delete, path: this.toServer(path), version }, path, options, () => undefined);
  }

  /** Null where there is no such znode; a watch then waits for it to be created. */
  async exists(path: string, options: WatchOptions = {}): Promise<Stat | null> {
    const { watch } = options;
    const target = this.toServer(path);
    return this.perform<Stat | null>(
      { type: OpCode.exists, path: target, watch: watch !== undefined },
      path,
      true,
      options,
      (err, body) => {
        if (err === ErrorCode.NONODE) {
          this.watch('exist', target, watch);
          return null;
        }
        const { stat } = expectKind(success(err, body, path), 'stat');
        this.watch('data', target, watch);
        return stat;
      },
    );
  }

  /** Data that are null are given as no bytes. */
  async getData(path: string, options: WatchOptions = {}): Promise<{ data: Uint8Array | null; stat: Stat }> {
    const { watch } = options;
    const target = this.toServer(path);
    const request = { type: OpCode.getData, path: target, watch: watch !== undefined };
    return this.read(request, path, options, (body) => {
      const { data, stat } = expectKind(body, 'dataStat');
      this.watch('data', target, watch);
      return { data, stat };
    });
  }

  /** `version` -1, the default, overwrites whatever version is there. */
  async setData(
    path: string,
    data: Uint8Array | null,
    version = ANY_VERSION,
    options: OperationOptions = {},
  ): Promise<Stat> {
    const request = { type: OpCode.setData, path: this.toServer(path), data, version };
    return this.write(request, path, options, (body) => expectKind(body, 'stat').stat);
  }

  /** Names, not paths, in no particular order. */
  async getChildren(path: string, options: WatchOptions = {}): Promise<{ children: string[]; stat: Stat }> {
    const { watch } = options;
    const target = this.toServer(path);
    const request = { type: OpCode.getChildren2, path: target, watch: watch !== undefined };
    return this.read(request, path, options, (body) => {
      const { children, stat } = expectKind(body, 'children');
      if (stat === null) throw new JuteError('children without a Stat');
      this.watch('child', target, watch);
      return { children: [...children], stat };
    });
  }

  /**
   * Has the watcher called with each change of a znode and of the list of its children, or, recursively, with each change of
   * the znode and of all below it, until it is removed. Survives reconnections. Servers before 3.6 do not know it.
   */
  async addWatch(
    path: string,
    kind: LastingWatchKind,
    watcher: Watcher,
    options: OperationOptions = {},
  ): Promise<void> {
    const target = this.toServer(path);
    const request = { type: OpCode.addWatch, path: target, mode: AddWatchMode[kind] };
    return this.read(request, path, options, () => this.watch(kind, target, watcher));
  }

  /**
   * Removes all watches of a kind from a path; rejects with NOWATCHER where the server has none. Servers before 3.9 know
   * `children`, `data` and `any`, and take watches of `addWatch` for the former two as well.
   */
  async removeWatches(path: string, kind: RemovableKind = 'any', options: OperationOptions = {}): Promise<void> {
    const target = this.toServer(path);
    const request = { type: OpCode.removeWatches, path: target, watcherType: WatcherType[kind] };
    return this.write(request, path, options, () => this.session.watches.remove(kind, target));
  }

  /** How many znodes there are below the path, at any depth. */
  async getAllChildrenNumber(path: string, options: OperationOptions = {}): Promise<number> {
    const request = { type: OpCode.getAllChildrenNumber, path: this.toServer(path) };
    return this.read(request, path, options, (body) => expectKind(body, 'count').count);
  }

  async getAcl(path: string, options: OperationOptions = {}): Promise<{ acl: readonly Acl[]; stat: Stat }> {
    const request = { type: OpCode.getACL, path: this.toServer(path) };
    return this.read(request, path, options, (body) => {
      const { acl, stat } = expectKind(body, 'aclStat');
      return { acl, stat };
    });
  }

  /** `version` is compared with the Stat's `aversion`; -1, the default, replaces whatever is there. */
  async setAcl(
    path: string,
    acl: readonly Acl[],
    version = ANY_VERSION,
    options: OperationOptions = {},
  ): Promise<Stat> {
    const request = { type: OpCode.setACL, path: this.toServer(path), acl, version };
    return this.write(request, path, options, (body) => expectKind(body, 'stat').stat);
  }

  /** All or nothing. Rejects with `MultiError` where one of the operations fails. */
  async multi(operations: readonly MultiOperation[], options: OperationOptions = {}): Promise<MultiOperationResult[]> {
    const ops = operations.map((operation) => this.multiOp(operation));
    return this.write({ type: OpCode.multi, ops }, null, options, (body) => {
      const { results } = expectKind(body, 'multi');
      const paths = operations.map(({ path }) => path);
      const error = MultiError.of(results, paths);
      if (error !== null) throw error;
      return results.map((result) => this.multiResult(result));
    });
  }

  /** Afterwards a read here sees all that was committed before (as far as the server's leader knows). */
  async sync(path = '/', options: OperationOptions = {}): Promise<void> {
    return this.read({ type: OpCode.sync, path: this.toServer(path) }, path, options, () => undefined);
  }

  /**
   * Who the server takes this connection for; null where it cannot say, before 3.7. The first such question costs the
   * connection, and the next ones of the same server are not sent.
   */
  async whoAmI(options: OperationOptions = {}): Promise<readonly Id[] | null> {
    if (this.withoutWhoAmI.has(this.server)) return null;
    return this.perform<readonly Id[] | null>({ type: OpCode.whoAmI }, null, true, options, (err, body) => {
      if (err !== ErrorCode.UNIMPLEMENTED) return expectKind(success(err, body, null), 'ids').ids;
      if (this.server !== null) this.withoutWhoAmI.add(this.server);
      return null;
    });
  }

  /** Who belongs to the ensemble, as the servers know it since 3.5: the data of `/zookeeper/config`, outside of a chroot. */
  async getConfig(options: WatchOptions = {}): Promise<{ data: Uint8Array | null; stat: Stat }> {
    const { watch } = options;
    const request = { type: OpCode.getData, path: CONFIG_PATH, watch: watch !== undefined };
    return this.read(request, CONFIG_PATH, options, (body) => {
      const { data, stat } = expectKind(body, 'dataStat');
      this.watch('data', CONFIG_PATH, watch);
      return { data, stat };
    });
  }

  /**
   * Adds an identity, for `digest` by the bytes of `user:password`; it is added again after each reconnection. Where the
   * server refuses it, the client ends as `authFailed`.
   */
  async addAuth(scheme: string, auth: Uint8Array | string, options: OperationOptions = {}): Promise<void> {
    const bytes = typeof auth === 'string' ? encodeUtf8(auth) : auth;
    return this.read({ type: OpCode.auth, scheme, auth: bytes }, null, options, () => undefined);
  }

  private multiOp(operation: MultiOperation): MultiOp {
    switch (operation.op) {
      case 'create': {
        const { data, mode = 'persistent', acl = OPEN_ACL } = operation;
        const path = this.toServer(operation.path, isSequential(mode));
        return { type: OpCode.create2, path, data, acl, flags: CREATE_FLAGS[mode] };
      }
      case 'setData': {
        const { data, version = ANY_VERSION } = operation;
        return { type: OpCode.setData, path: this.toServer(operation.path), data, version };
      }
      case 'delete':
      case 'check': {
        const { version = ANY_VERSION } = operation;
        return { type: OpCode[operation.op], path: this.toServer(operation.path), version };
      }
    }
  }

  private multiResult(result: MultiResult): MultiOperationResult {
    switch (result.type) {
      case OpCode.create:
        return { op: 'create', path: this.fromServer(result.path), stat: null };
      case OpCode.create2:
        return { op: 'create', path: this.fromServer(result.path), stat: result.stat };
      case OpCode.setData:
        return { op: 'setData', stat: result.stat };
      case OpCode.check:
        return { op: 'check' };
      case OpCode.delete:
        return { op: 'delete' };
      case OpCode.error:
        throw new JuteError(`an error ${result.err} among the results of a multi that succeeded`);
      case OpCode.getData:
      case OpCode.getChildren:
        throw new JuteError(`a read of type ${result.type} among the results of a multi`);
    }
  }

  private read<T>(
    request: ClientRequest,
    path: string | null,
    options: OperationOptions,
    result: (body: ReplyBody) => T,
  ): Promise<T> {
    return this.perform(request, path, true, options, (err, body) => result(success(err, body, path)));
  }

  private write<T>(
    request: ClientRequest,
    path: string | null,
    options: OperationOptions,
    result: (body: ReplyBody) => T,
  ): Promise<T> {
    return this.perform(request, path, false, options, (err, body) => result(success(err, body, path)));
  }

  private perform<T>(
    request: ClientRequest,
    path: string | null,
    repeatable: boolean,
    { deadlineMs = this.operationDeadlineMs, signal }: OperationOptions,
    result: (err: ErrorCode, body: ReplyBody | null) => T,
  ): Promise<T> {
    const operation = new Operation<T>({ request, path, repeatable, result }, deadlineMs, signal);
    this.session.submit(operation as Operation);
    return operation.promise;
  }

  private watch(kind: WatchKind, path: string, watcher: Watcher | undefined): void {
    if (watcher !== undefined) this.session.watches.add(kind, path, watcher);
  }

  private notified(event: WatcherEvent, zxid: bigint): void {
    const fired = this.session.watches.take(event);
    if (fired === null) return;
    const told = { type: fired.type, path: this.fromServer(event.path), zxid };
    for (const watcher of fired.watchers) queueMicrotask(() => watcher(told));
  }

  /** Throws a `ZooKeeperError` where the path is none. A sequential znode's may end with a slash: its number follows. */
  private toServer(path: string, sequential = false): string {
    if (pathFault(sequential ? `${path}0` : path) !== null) throw new ZooKeeperError(ErrorCode.BADARGUMENTS, path);
    return path === '/' && this.chroot !== '' && !sequential ? this.chroot : this.chroot + path;
  }

  private fromServer(path: string): string {
    if (path === this.chroot) return '/';
    return path.startsWith(`${this.chroot}/`) ? path.slice(this.chroot.length) : path;
  }
}
