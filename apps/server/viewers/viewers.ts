/** ZooKeeper sessions of viewers: each tab that creates an ephemeral has one of its own, which goes with the tab. */
import type { ClientState, ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { ViewerSession } from '@vivarium/shared/contract/socket';
import { formatHex } from '@vivarium/shared/zxid';
import { apiFailure } from '../api-failure.ts';

export interface ViewersOptions {
  /** Makes a client that is not started. */
  connect(): ZooKeeperClient;
  /** A tab that has gone for so long does not come back: a reload or a lost connection takes less. Default 15 s. */
  readonly graceMs?: number;
  /** Tabs that may be known at once. Default 1,000. */
  readonly maxTabs?: number;
}

interface Tab {
  client: ZooKeeperClient | null;
  /** Runs while the tab is gone. */
  farewell: NodeJS.Timeout | undefined;
}

const DEFAULT_GRACE_MS = 15_000;
const DEFAULT_MAX_TABS = 1_000;
const NO_SESSION: ViewerSession = { session: null, state: 'none', server: null };

export class Viewers {
  private readonly options: ViewersOptions;
  private readonly tabs = new Map<string, Tab>();
  private readonly closing = new Set<Promise<void>>();
  private listener: (tab: string, session: ViewerSession) => void = () => {};

  constructor(options: ViewersOptions) {
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
        this.tabs.set(name, { client: null, farewell: undefined });
    } else {
      clearTimeout(tab.farewell);
      tab.farewell = undefined;
    }
    this.listener(name, describe(tab?.client ?? null));
  }

  /** No connection of the tab is left. Its session ends if it stays away. */
  left(name: string): void {
    const tab = this.tabs.get(name);
    if (tab === undefined) return;
    clearTimeout(tab.farewell);
    tab.farewell = setTimeout(() => this.forget(name, tab), this.options.graceMs ?? DEFAULT_GRACE_MS);
  }

  /**
   * The client whose session is the tab's; it is made where there is none or the last one has expired. Throws
   * `ephemeralNeedsViewer` where no such tab is open.
   */
  clientOf(name: string | null): ZooKeeperClient {
    const tab = name === null ? undefined : this.tabs.get(name);
    if (name === null || tab === undefined) throw apiFailure('ephemeralNeedsViewer');
    if (tab.client !== null && !isOver(tab.client.state)) return tab.client;
    const client = this.options.connect();
    tab.client = client;
    client.on('state', () => {
      if (tab.client === client) this.listener(name, describe(client));
    });
    client.start();
    return client;
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    for (const [name, tab] of [...this.tabs]) this.forget(name, tab);
    await Promise.all(this.closing);
  }

  private forget(name: string, tab: Tab): void {
    clearTimeout(tab.farewell);
    this.tabs.delete(name);
    const { client } = tab;
    tab.client = null;
    if (client === null) return;
    const end = client.close().finally(() => this.closing.delete(end));
    this.closing.add(end);
  }
}

function isOver(state: ClientState): boolean {
  return state === 'expired' || state === 'authFailed' || state === 'closed';
}

function describe(client: ZooKeeperClient | null): ViewerSession {
  if (client === null) return NO_SESSION;
  const session = client.sessionId === 0n ? null : formatHex(client.sessionId);
  switch (client.state) {
    case 'connecting':
    case 'connected':
    case 'disconnected':
      return { session, state: client.state, server: client.server };
    case 'connectedReadOnly':
      return { session, state: 'connected', server: client.server };
    case 'expired':
    case 'authFailed':
      return { session, state: 'expired', server: null };
    case 'closed':
      return NO_SESSION;
  }
}
