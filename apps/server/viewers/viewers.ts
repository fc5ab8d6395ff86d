/** ZooKeeper sessions of viewers: each tab that creates an ephemeral has one of its own, which goes with the tab. */
import type { ClientState, ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { ViewerSession } from '@vivarium/shared/contract/socket';
import { formatHex } from '@vivarium/shared/zxid';
import { apiFailure } from '../api-failure.ts';

export interface ViewersOptions {
  /** A tab that has gone for so long does not come back: a reload or a lost connection takes less. Default 15 s. */
  readonly graceMs?: number;
  /** Tabs that may be known at once. Default 1,000. */
  readonly maxTabs?: number;
}

export interface TabSessions {
  /**
   * The client whose session is the tab's; it is made where there is none or the last one has expired. Throws
   * `ephemeralNeedsViewer` where no such tab is open.
   */
  clientOf(tab: string | null): ZooKeeperClient;
}

interface Tab {
  /** By cluster. */
  readonly clients: Map<string, ZooKeeperClient>;
  /** Runs while the tab is gone. */
  farewell: NodeJS.Timeout | undefined;
}

const DEFAULT_GRACE_MS = 15_000;
const DEFAULT_MAX_TABS = 1_000;
const NO_SESSION = { session: null, state: 'none', server: null } as const;

export class Viewers {
  private readonly options: ViewersOptions;
  private readonly tabs = new Map<string, Tab>();
  private readonly closing = new Set<Promise<void>>();
  private listener: (tab: string, session: ViewerSession) => void = () => {};

  constructor(options: ViewersOptions = {}) {
    this.options = options;
  }

  /** Calls the listener, which takes the place of the one before, whenever a tab's session changes, and when a tab arrives. */
  onChange(listener: (tab: string, session: ViewerSession) => void): void {
    this.listener = listener;
  }

  /** A tab is connected, for the first time or again. */
  arrived(name: string): void {
    const tab = this.tabs.get(name);
    if (tab === undefined) {
      if (this.tabs.size < (this.options.maxTabs ?? DEFAULT_MAX_TABS))
        this.tabs.set(name, { clients: new Map(), farewell: undefined });
    } else {
      clearTimeout(tab.farewell);
      tab.farewell = undefined;
    }
    const clients = tab?.clients ?? new Map<string, ZooKeeperClient>();
    if (clients.size === 0) this.listener(name, { cluster: null, ...NO_SESSION });
    for (const [cluster, client] of clients) this.listener(name, describe(cluster, client));
  }

  /** No connection of the tab is left. Its sessions end if it stays away. */
  left(name: string): void {
    const tab = this.tabs.get(name);
    if (tab === undefined) return;
    clearTimeout(tab.farewell);
    tab.farewell = setTimeout(() => this.forget(name, tab), this.options.graceMs ?? DEFAULT_GRACE_MS);
  }

  /** The tabs' sessions with a cluster; `connect` makes a client of it that is not started. */
  of(cluster: string, connect: () => ZooKeeperClient): TabSessions {
    return { clientOf: (tab) => this.clientOf(tab, cluster, connect) };
  }

  /** Ends the sessions of all tabs with a cluster, and their ephemerals. */
  async leaveCluster(cluster: string): Promise<void> {
    for (const [name, { clients }] of this.tabs) {
      const client = clients.get(cluster);
      if (client === undefined) continue;
      clients.delete(cluster);
      this.end(client);
      this.listener(name, { cluster, ...NO_SESSION });
    }
    await Promise.all(this.closing);
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    for (const [name, tab] of [...this.tabs]) this.forget(name, tab);
    await Promise.all(this.closing);
  }

  private clientOf(name: string | null, cluster: string, connect: () => ZooKeeperClient): ZooKeeperClient {
    const tab = name === null ? undefined : this.tabs.get(name);
    if (name === null || tab === undefined) throw apiFailure('ephemeralNeedsViewer');
    const present = tab.clients.get(cluster);
    if (present !== undefined && !isOver(present.state)) return present;
    const client = connect();
    tab.clients.set(cluster, client);
    client.on('state', () => {
      if (tab.clients.get(cluster) === client) this.listener(name, describe(cluster, client));
    });
    client.start();
    return client;
  }

  private forget(name: string, tab: Tab): void {
    clearTimeout(tab.farewell);
    this.tabs.delete(name);
    const clients = [...tab.clients.values()];
    tab.clients.clear();
    for (const client of clients) this.end(client);
  }

  private end(client: ZooKeeperClient): void {
    const end = client.close().finally(() => this.closing.delete(end));
    this.closing.add(end);
  }
}

function isOver(state: ClientState): boolean {
  return state === 'expired' || state === 'authFailed' || state === 'closed';
}

function describe(cluster: string, client: ZooKeeperClient): ViewerSession {
  const session = client.sessionId === 0n ? null : formatHex(client.sessionId);
  switch (client.state) {
    case 'connecting':
    case 'connected':
    case 'disconnected':
      return { cluster, session, state: client.state, server: client.server };
    case 'connectedReadOnly':
      return { cluster, session, state: 'connected', server: client.server };
    case 'expired':
    case 'authFailed':
      return { cluster, session, state: 'expired', server: null };
    case 'closed':
      return { cluster, ...NO_SESSION };
  }
}
