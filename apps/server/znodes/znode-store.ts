/** The tree of a cluster, as requests ask for it: read now or as it was, and written to. */
import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type {
  ChildrenJson,
  CreatedJson,
  CreateModeJson,
  CreateRequest,
  ReadFromJson,
  SetRequest,
  StatJson,
  ZnodeJson,
} from '@vivarium/shared/contract/rest';
import { ErrorCode } from '@vivarium/shared/error-code';
import { parentOf, pathFault } from '@vivarium/shared/path';
import type { Stat } from '@vivarium/shared/stat';
import { formatHex } from '@vivarium/shared/zxid';
import { ApiFailure, apiFailure } from '../api-failure.ts';
import type { TabSessions } from '../viewers/viewers.ts';
import { ChildrenCache, type OlderList } from './children-cache.ts';
import { deleteTree } from './delete-tree.ts';
import type { MirrorReads } from './mirror-reads.ts';
import { OpenPaths, type OpenPathsEvents } from './open-paths.ts';
import type { Page } from './page.ts';
import type { Past } from './past/past.ts';
import { checkData, checkDeletable, checkPath } from './path-check.ts';
import { RequestGate } from './request-gate.ts';
import { SharedReads } from './shared-reads.ts';
import type { SharedSession } from './shared-session.ts';
import { TreeClient } from './tree-client.ts';
import { type ZnodeOperation, znodeFailure } from './znode-failure.ts';
import { aclFromJson, aclJson, dataFromJson, dataJson, statJson } from './znode-json.ts';

export interface ZnodeStoreParts {
  readonly session: Pick<SharedSession, 'client'>;
  /** The sessions that ephemerals belong to. */
  readonly viewers: TabSessions;
  readonly past: Pick<Past, 'read' | 'children'>;
  /** Throws `ApiFailure` where nothing may be written; asked before each write. */
  readonly mayWrite?: () => void;
  /** Of a cluster that somebody else runs. */
  readonly attached?: AttachedParts;
}

/** What spares a cluster that somebody else runs. */
export interface AttachedParts extends Pick<OpenPathsEvents, 'seen'> {
  /** The tree in memory; null while there is none that is whole and kept right. `mirrorChanged` is to be called then. */
  mirror(): MirrorReads | null;
}

/** How long an operation may take, an election among the servers included. */
export const DEADLINE_MS = 10_000;
/** Java `EphemeralType.TTL`: five bytes. */
const MAX_TTL_MS = 2 ** 40 - 1;
/** How often data and ACL are read until both are of one state. */
const MAX_READINGS = 5;
/** Requests under way to a cluster that somebody else runs, and to one of our own. */
const MAX_REQUESTS_ATTACHED = 64;
const MAX_REQUESTS = 10_000;
const MAX_WAITING_REQUESTS = 20_000;
/** So long after a write what it changed is read by the session that wrote, since the mirror may not have it yet. */
const WRITTEN_MS = 2_000;
const MAX_WRITTEN = 1_000;

/** Every method rejects with `ApiFailure`. */
export class ZnodeStore {
  /** Told what a connection has open and read, and what may be old by now. */
  onRefresh: OpenPathsEvents['refresh'] = () => {};
  private readonly parts: ZnodeStoreParts;
  private readonly gate: RequestGate;
  private readonly lists = new ChildrenCache();
  private readonly openPaths: OpenPaths | null;
  private readonly shared: SharedReads<ZnodeJson | ChildrenJson> | null;
  /** Until when, by path, on the machine's monotonic clock; the oldest first. */
  private readonly written = new Map<string, number>();

  constructor(parts: ZnodeStoreParts) {
    this.parts = parts;
    const { attached, session } = parts;
    this.gate = new RequestGate({
      requests: attached === undefined ? MAX_REQUESTS : MAX_REQUESTS_ATTACHED,
      waiting: MAX_WAITING_REQUESTS,
      waitMs: DEADLINE_MS,
    });
    if (attached === undefined) {
      this.openPaths = null;
      this.shared = null;
      return;
    }
    const shared = new SharedReads<ZnodeJson | ChildrenJson>({
      isWatched: (path, deep) => this.openPaths?.isWatched(path, deep) === true,
    });
    this.shared = shared;
    this.openPaths = new OpenPaths(session, this.gate, {
      touched: (path) => shared.touched(path),
      seen: (changes) => attached.seen(changes),
      refresh: (connection, paths) => this.onRefresh(connection, paths),
    });
    this.mirrorChanged();
  }

  /** `at`: the number of an event, or null for now. */
  async read(path: string, at: number | null): Promise<ZnodeJson> {
    checkPath(path);
    if (at !== null) return { ...(await this.parts.past.read(path, at)), at };
    const mirrored = await this.fromMirror(path, (mirror) => mirror.read(path));
    if (mirrored !== null) return mirrored;
    return this.together(path, 'znode', false, async () => {
      const value = await this.reading(path, (client) => this.readZnode(client, path));
      return { value, bytes: value.data?.length ?? 0 };
    });
  }

  /** One page of the sorted names. */
  async children(path: string, page: Page, at: number | null): Promise<ChildrenJson> {
    checkPath(path);
    if (at !== null) return { ...(await this.parts.past.children(path, page, at)), at };
    const mirrored = await this.fromMirror(path, (mirror) => mirror.children(path, page));
    if (mirrored !== null) return mirrored;
    const { offset, limit, stat } = page;
    return this.together(path, `${offset} ${limit} ${stat}`, stat, async () => {
      const value = await this.reading(path, (client) => this.readChildren(client, path, page));
      return { value, bytes: value.children.length * BYTES_PER_CHILD };
    });
  }

  /** What a connection of a viewer has open on its screen now; nothing once it has gone. */
  open(connection: string, paths: readonly string[]): void {
    this.openPaths?.open(
      connection,
      paths.filter((path) => pathFault(path) === null),
    );
  }

  /** There is a mirror now, or there is none any more. */
  mirrorChanged(): void {
    this.openPaths?.setActive(this.mirror() === null);
  }

  /** Forgets who looks at what; the session goes on. */
  close(): void {
    this.openPaths?.close();
  }

  /** `tab`: whose session an ephemeral belongs to; null where no tab asks. */
  async create(request: CreateRequest, tab: string | null): Promise<CreatedJson> {
    const { path, mode = 'persistent', ttlMs } = request;
    this.checkWritable();
    checkPath(path, isSequential(mode));
    checkTtl(mode, ttlMs);
    const data = request.data === undefined ? null : dataFromJson(request.data);
    const acl = aclFromJson(request.acl ?? []);
    if (request.acl?.length === 0) throw apiFailure('invalidAcl');
    checkData(data, path, acl);
    const isEphemeral = mode === 'ephemeral' || mode === 'ephemeralSequential';
    const session = isEphemeral ? this.parts.viewers.clientOf(tab) : this.parts.session.client;
    const client = new TreeClient(session, this.gate);
    const options = {
      mode,
      deadlineMs: DEADLINE_MS,
      ...(acl.length === 0 ? {} : { acl }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    };
    const created = await attempt(session, { kind: 'create', path }, () => client.create(path, data, options));
    this.wrote(created.path);
    return {
      path: created.path,
      stat: statJson(created.stat),
      session: isEphemeral ? formatHex(session.sessionId) : null,
    };
  }

  async set({ path, data: text, version }: SetRequest): Promise<StatJson> {
    this.checkWritable();
    checkPath(path);
    const data = dataFromJson(text);
    checkData(data, path);
    const client = this.client();
    const options = { deadlineMs: DEADLINE_MS };
    const stat = await attempt(client.session, { kind: 'write', path, version }, () =>
      client.setData(path, data, version, options),
    );
    this.wrote(path);
    return statJson(stat);
  }

  /** Returns how many znodes were deleted. */
  async delete(path: string, version: number, recursive: boolean): Promise<number> {
    this.checkWritable();
    checkDeletable(path);
    const client = this.client();
    try {
      return await attempt(client.session, { kind: 'delete', path, version }, async () => {
        if (recursive) return deleteTree(client, path, version);
        await client.delete(path, version, { deadlineMs: DEADLINE_MS });
        return 1;
      });
    } finally {
      // Also where it failed half way.
      this.wrote(path);
      if (recursive) this.shared?.touchedAll();
    }
  }

  private mirror(): MirrorReads | null {
    return this.parts.attached?.mirror() ?? null;
  }

  private client(): TreeClient {
    return new TreeClient(this.parts.session.client, this.gate);
  }

  private checkWritable(): void {
    this.parts.mayWrite?.();
  }

  private wrote(path: string): void {
    this.shared?.touched(path, true);
    if (this.shared === null) return;
    this.written.delete(path);
    this.written.set(path, performance.now() + WRITTEN_MS);
    for (const [oldest, untilMs] of this.written) {
      if (this.written.size <= MAX_WRITTEN && untilMs > performance.now()) break;
      this.written.delete(oldest);
    }
  }

  /** Whether something at, above or right below the path was written a moment ago. */
  private wasWritten(path: string): boolean {
    const nowMs = performance.now();
    for (const [written, untilMs] of this.written) {
      if (untilMs > nowMs && (written === path || parentOf(written) === path || isBelow(path, written))) return true;
    }
    return false;
  }

  /** Null where there is no mirror that could know. */
  private async fromMirror<T>(path: string, read: (mirror: MirrorReads) => Promise<T>): Promise<T | null> {
    const mirror = this.mirror();
    if (mirror === null || this.wasWritten(path)) return null;
    try {
      return await read(mirror);
    } catch (error) {
      if (error instanceof ApiFailure && NOT_MIRRORED.has(error.error.code)) return null;
      throw error;
    }
  }

  /** One reading for all who ask for the same, where the cluster is not ours. */
  private async together<T extends ZnodeJson | ChildrenJson>(
    path: string,
    question: string,
    deep: boolean,
    load: () => Promise<{ value: T; bytes: number }>,
  ): Promise<T> {
    if (this.shared === null) return (await load()).value;
    // The question says which of the two kinds it is.
    const value = (await this.shared.read(path, question, deep, load)) as T;
    const everyMs = this.openPaths?.everyMs(path) ?? null;
    const { from } = value;
    // A long list that is not read at each change is as old as it says.
    if (from === undefined || from.everyMs !== null) return value;
    const live = this.openPaths?.isWatched(path, deep) === true;
    return {
      ...value,
      from: { ...from, everyMs: live ? null : everyMs, live, asOfMs: live ? Date.now() : from.asOfMs },
    };
  }

  private async readZnode(client: TreeClient, path: string): Promise<ZnodeJson> {
    for (let readings = 1; ; readings++) {
      const [, { data, stat }, { acl, stat: aclStat }] = await Promise.all([
        client.sync(path),
        client.getData(path),
        client.getAcl(path),
      ]);
      const isOne = aclStat.aversion === stat.aversion && aclStat.czxid === stat.czxid;
      if (!isOne && readings < MAX_READINGS) continue;
      const from = fromSession(client);
      return { path, data: dataJson(data), stat: statJson(stat), acl: aclJson(acl), at: null, from };
    }
  }

  private async readChildren(client: TreeClient, path: string, page: Page): Promise<ChildrenJson> {
    const { names, stat, older } = await this.list(client, path);
    const chosen = names.slice(page.offset, page.offset + page.limit);
    const below = path === '/' ? '' : path;
    const stats = page.stat ? await Promise.all(chosen.map((name) => statOf(client, `${below}/${name}`))) : [];
    const children = chosen.map((name, index) => ({ name, stat: stats[index] ?? null }));
    const from = fromSession(client, older);
    return { path, stat: statJson(stat), total: names.length, offset: page.offset, children, at: null, from };
  }

  private async list(
    client: TreeClient,
    path: string,
  ): Promise<{ names: readonly string[]; stat: Stat; older: OlderList | null }> {
    const [, stat] = await Promise.all([client.sync(path), client.exists(path)]);
    if (stat === null) throw apiFailure('noNode', { path });
    const known = this.lists.get(path, stat);
    if (known !== null) return { names: known, stat, older: null };
    const older = this.shared === null || this.wasWritten(path) ? null : this.lists.getOlder(path, stat);
    if (older !== null) {
      this.openPaths?.refreshIn(path, older.everyMs - older.ageMs);
      return { names: older.names, stat, older };
    }
    const read = await client.getChildren(path);
    return { names: this.lists.put(path, read.stat, read.children), stat: read.stat, older: null };
  }

  private reading<T>(path: string, read: (client: TreeClient) => Promise<T>): Promise<T> {
    const client = this.client();
    return attempt(client.session, { kind: 'read', path }, () => read(client));
  }
}

/** A name, a Stat, and what holds them. */
const BYTES_PER_CHILD = 600;
/** What the mirror does not know, and the session may. */
const NOT_MIRRORED: ReadonlySet<string> = new Set(['bodyDropped', 'notMirrored', 'tooManyRequests', 'timeout']);

function fromSession({ session }: TreeClient, older: OlderList | null = null): ReadFromJson {
  const asOfMs = Date.now() - (older?.ageMs ?? 0);
  return { origin: 'client', server: session.server, asOfMs, live: false, everyMs: older?.everyMs ?? null };
}

/** Whether a path lies below another one, or is it. */
function isBelow(path: string, above: string): boolean {
  return path.startsWith(above === '/' ? above : `${above}/`);
}

/** Null for a child that has gone meanwhile, or that we may not read. */
async function statOf(client: TreeClient, path: string): Promise<StatJson | null> {
  try {
    const stat = await client.exists(path);
    return stat === null ? null : statJson(stat);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === ErrorCode.NOAUTH) return null;
    throw error;
  }
}

async function attempt<T>(
  client: ZooKeeperClient,
  operation: Omit<ZnodeOperation, 'server' | 'connected' | 'deadlineMs'>,
  act: () => Promise<T>,
): Promise<T> {
  const { server } = client;
  try {
    return await act();
  } catch (error) {
    const connected = client.state === 'connected' || client.state === 'connectedReadOnly';
    throw znodeFailure(error, { ...operation, server, connected, deadlineMs: DEADLINE_MS });
  }
}

function isSequential(mode: CreateModeJson): boolean {
  return mode === 'persistentSequential' || mode === 'ephemeralSequential' || mode === 'persistentSequentialTtl';
}

function checkTtl(mode: CreateModeJson, ttlMs: number | undefined): void {
  const takesTtl = mode === 'persistentTtl' || mode === 'persistentSequentialTtl';
  if (takesTtl && (ttlMs === undefined || ttlMs < 1 || ttlMs > MAX_TTL_MS))
    throw apiFailure('badTtl', { limit: MAX_TTL_MS });
  if (!takesTtl && ttlMs !== undefined) {
    throw apiFailure('badRequest', { where: 'body.ttlMs', what: 'must not be there for a mode without a TTL' });
  }
}
