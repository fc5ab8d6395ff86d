/** Znodes as they were at an earlier event, from the logs of the servers that we host. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RealDisk } from '@vivarium/ensemble/server/real-disk';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { ChildrenJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import { formatHex, type Zxid } from '@vivarium/shared/zxid';
import { ApiFailure, apiFailure } from '../../api-failure.ts';
import type { Source } from '../../sources/source.ts';
import type { Page } from '../page.ts';
import type { PastAnswer, PastQuery } from './past-messages.ts';
import { PastThread } from './past-thread.ts';
import { lastZxidOn } from './tree-at.ts';

/** A transaction is applied a moment before the last server has it on its disk. */
const TRIES = 10;
const PAUSE_MS = 50;

export class Past {
  private readonly source: Source;
  private readonly dataDir: string;
  /** The last transaction on the disks before the servers started. */
  readonly startZxid: Zxid;
  private readonly thread = new PastThread();

  /** To be made before the servers of the directory start: what is in it then is the tree before the first event. */
  constructor(source: Source, dataDir: string) {
    this.source = source;
    this.dataDir = dataDir;
    this.startZxid = highest(this.directories(null).map((directory) => lastZxidOn(new RealDisk(directory, false))));
  }

  /** Rejects with `ApiFailure`: `noNode`, `noAuth`, `pastUnreadable`, or what is wrong with the instant. */
  async read(znode: string, at: number): Promise<Omit<ZnodeJson, 'at'>> {
    const answer = await this.ask(znode, null, at);
    if ('znode' in answer) return answer.znode;
    throw new Error('the thread answered with children');
  }

  /** As `read`. */
  async children(znode: string, page: Page, at: number): Promise<Omit<ChildrenJson, 'at'>> {
    const answer = await this.ask(znode, page, at);
    if ('list' in answer) return answer.list;
    throw new Error('the thread answered with a znode');
  }

  async close(): Promise<void> {
    await this.thread.close();
  }

  private async ask(znode: string, page: Page | null, at: number): Promise<PastAnswer & { readonly ok: true }> {
    const zxid = this.zxidOf(await this.source.stateAt(at));
    const query: PastQuery = {
      directories: this.directories(await this.source.stateAt(null)),
      zxid,
      path: znode,
      page,
    };
    for (let tries = 1; ; tries++) {
      const answer = await this.answer(query);
      if (answer.ok) return answer;
      if (answer.fault === 'noNode' || answer.fault === 'noAuth') throw apiFailure(answer.fault, { path: znode });
      if (answer.fault === 'unreadable' || tries === TRIES) throw unreadable(zxid, answer.reason);
      await delay(PAUSE_MS);
    }
  }

  private async answer(query: PastQuery): Promise<PastAnswer> {
    try {
      return await this.thread.ask(query);
    } catch (error) {
      if (error instanceof ApiFailure) throw error;
      throw unreadable(query.zxid, error instanceof Error ? error.message : String(error));
    }
  }

  /** The last transaction that any server had applied. */
  private zxidOf({ servers }: ClusterState): Zxid {
    return highest([this.startZxid, ...Object.values(servers).map(({ lastApplied }) => BigInt(lastApplied))]);
  }

  /** Those of all servers, first those whose logs reach furthest as far as is known. */
  private directories(state: ClusterState | null): string[] {
    const reach = (sid: number): Zxid => {
      const server = state?.servers[sid];
      return server === undefined ? 0n : highest([BigInt(server.lastLogged), BigInt(server.lastApplied)]);
    };
    return readdirSync(this.dataDir)
      .map((name) => Number(/^server-(\d+)$/.exec(name)?.[1] ?? 0))
      .filter((sid) => sid > 0)
      .map((sid) => ({ sid, reach: reach(sid) }))
      .sort((a, b) => (a.reach > b.reach ? -1 : a.reach < b.reach ? 1 : a.sid - b.sid))
      .map(({ sid }) => path.join(this.dataDir, `server-${sid}`, 'data'));
  }
}

function highest(zxids: readonly Zxid[]): Zxid {
  let found = 0n;
  for (const zxid of zxids) if (zxid > found) found = zxid;
  return found;
}

function unreadable(zxid: Zxid, reason: string): ApiFailure {
  return apiFailure('pastUnreadable', { zxid: formatHex(zxid), reason });
}
