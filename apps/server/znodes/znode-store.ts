/** The tree of a cluster, as requests ask for it: read now or as it was, and written to. */
import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type {
  ChildrenJson,
  CreatedJson,
  CreateModeJson,
  CreateRequest,
  SetRequest,
  StatJson,
  ZnodeJson,
} from '@vivarium/shared/contract/rest';
import { ErrorCode } from '@vivarium/shared/error-code';
import type { Stat } from '@vivarium/shared/stat';
import { formatHex } from '@vivarium/shared/zxid';
import { apiFailure } from '../api-failure.ts';
import type { Viewers } from '../viewers/viewers.ts';
import { ChildrenCache } from './children-cache.ts';
import { deleteTree } from './delete-tree.ts';
import type { Page } from './page.ts';
import type { Past } from './past/past.ts';
import { checkData, checkDeletable, checkPath } from './path-check.ts';
import type { SharedSession } from './shared-session.ts';
import { type ZnodeOperation, znodeFailure } from './znode-failure.ts';
import { aclFromJson, aclJson, dataFromJson, dataJson, statJson } from './znode-json.ts';

export interface ZnodeStoreParts {
  readonly session: Pick<SharedSession, 'client'>;
  readonly viewers: Pick<Viewers, 'clientOf'>;
  readonly past: Pick<Past, 'read' | 'children'>;
  /** Throws `ApiFailure` where nothing may be written; asked before each write. */
  readonly mayWrite?: () => void;
}

/** How long an operation may take, an election among the servers included. */
export const DEADLINE_MS = 10_000;
/** Java `EphemeralType.TTL`: five bytes. */
const MAX_TTL_MS = 2 ** 40 - 1;
/** How often data and ACL are read until both are of one state. */
const MAX_READINGS = 5;

/** Every method rejects with `ApiFailure`. */
export class ZnodeStore {
  private readonly session: ZnodeStoreParts['session'];
  private readonly viewers: ZnodeStoreParts['viewers'];
  private readonly past: ZnodeStoreParts['past'];
  private readonly mayWrite: () => void;
  private readonly lists = new ChildrenCache();

  constructor({ session, viewers, past, mayWrite = () => {} }: ZnodeStoreParts) {
    this.mayWrite = mayWrite;
    this.session = session;
    this.viewers = viewers;
    this.past = past;
  }

  /** `at`: the number of an event, or null for now. */
  async read(path: string, at: number | null): Promise<ZnodeJson> {
    checkPath(path);
    if (at !== null) return { ...(await this.past.read(path, at)), at };
    return this.reading(path, async (client) => {
      for (let readings = 1; ; readings++) {
        const [, { data, stat }, { acl, stat: aclStat }] = await Promise.all([
          client.sync(path),
          client.getData(path),
          client.getAcl(path),
        ]);
        const isOne = aclStat.aversion === stat.aversion && aclStat.czxid === stat.czxid;
        if (!isOne && readings < MAX_READINGS) continue;
        return { path, data: dataJson(data), stat: statJson(stat), acl: aclJson(acl), at: null };
      }
    });
  }

  /** One page of the sorted names. */
  async children(path: string, page: Page, at: number | null): Promise<ChildrenJson> {
    checkPath(path);
    if (at !== null) return { ...(await this.past.children(path, page, at)), at };
    return this.reading(path, async (client) => {
      const { names, stat } = await this.list(client, path);
      const chosen = names.slice(page.offset, page.offset + page.limit);
      const below = path === '/' ? '' : path;
      const stats = page.stat ? await Promise.all(chosen.map((name) => statOf(client, `${below}/${name}`))) : [];
      const children = chosen.map((name, index) => ({ name, stat: stats[index] ?? null }));
      return { path, stat: statJson(stat), total: names.length, offset: page.offset, children, at: null };
    });
  }

  /** `tab`: whose session an ephemeral belongs to; null where no tab asks. */
  async create(request: CreateRequest, tab: string | null): Promise<CreatedJson> {
    const { path, mode = 'persistent', ttlMs } = request;
    this.mayWrite();
    checkPath(path, isSequential(mode));
    checkTtl(mode, ttlMs);
    const data = request.data === undefined ? null : dataFromJson(request.data);
    const acl = aclFromJson(request.acl ?? []);
    if (request.acl?.length === 0) throw apiFailure('invalidAcl');
    checkData(data, path, acl);
    const isEphemeral = mode === 'ephemeral' || mode === 'ephemeralSequential';
    const client = isEphemeral ? this.viewers.clientOf(tab) : this.session.client;
    const options = {
      mode,
      deadlineMs: DEADLINE_MS,
      ...(acl.length === 0 ? {} : { acl }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    };
    const created = await attempt(client, { kind: 'create', path }, () => client.create(path, data, options));
    return {
      path: created.path,
      stat: statJson(created.stat),
      session: isEphemeral ? formatHex(client.sessionId) : null,
    };
  }

  async set({ path, data: text, version }: SetRequest): Promise<StatJson> {
    this.mayWrite();
    checkPath(path);
    const data = dataFromJson(text);
    checkData(data, path);
    const { client } = this.session;
    const options = { deadlineMs: DEADLINE_MS };
    const stat = await attempt(client, { kind: 'write', path, version }, () =>
      client.setData(path, data, version, options),
    );
    return statJson(stat);
  }

  /** Returns how many znodes were deleted. */
  async delete(path: string, version: number, recursive: boolean): Promise<number> {
    this.mayWrite();
    checkDeletable(path);
    const { client } = this.session;
    return attempt(client, { kind: 'delete', path, version }, async () => {
      if (recursive) return deleteTree(client, path, version);
      await client.delete(path, version, { deadlineMs: DEADLINE_MS });
      return 1;
    });
  }

  private async list(client: ZooKeeperClient, path: string): Promise<{ names: readonly string[]; stat: Stat }> {
    const [, stat] = await Promise.all([client.sync(path), client.exists(path)]);
    if (stat === null) throw apiFailure('noNode', { path });
    const known = this.lists.get(path, stat);
    if (known !== null) return { names: known, stat };
    const read = await client.getChildren(path);
    return { names: this.lists.put(path, read.stat, read.children), stat: read.stat };
  }

  private reading<T>(path: string, read: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
    const { client } = this.session;
    return attempt(client, { kind: 'read', path }, () => read(client));
  }
}

/** Null for a child that has gone meanwhile, or that we may not read. */
async function statOf(client: ZooKeeperClient, path: string): Promise<StatJson | null> {
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
    const connected = client.state === 'connected';
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
