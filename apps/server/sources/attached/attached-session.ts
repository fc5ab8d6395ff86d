/** The one client session with an attached cluster: kept alive whether or not anybody looks, and what it tells of the ensemble. */
import type { ClientOptions } from '@vivarium/client/client-options';
import { parseConnectString, type ServerAddress } from '@vivarium/client/connect-string';
import type { ConnectionFailure } from '@vivarium/client/connection-failure';
import { ZooKeeperError } from '@vivarium/client/errors';
import { type ClientState, ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { decodeUtf8 } from '@vivarium/shared/utf8';
import { DEADLINE_MS } from '../../znodes/znode-store.ts';

export interface SessionEvents {
  state(state: ClientState, server: ServerAddress | null): void;
  /** A connection failed, or was lost. */
  failed(failure: ConnectionFailure): void;
  /** The text of the configuration node; empty where a server stands alone, null where it may not be read. */
  config(text: string | null): void;
}

/** Until a session that has ended is followed by another. */
const RENEW_MS = 1_000;

/** Whom to connect to, and as whom. */
export type SessionTarget = Pick<ClientOptions, 'connectString' | 'tls' | 'credentials'>;

export class AttachedSession {
  private readonly options: SessionTarget;
  private readonly events: SessionEvents;
  private current: ZooKeeperClient | null = null;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: SessionTarget, events: SessionEvents) {
    this.options = options;
    this.events = events;
  }

  start(): void {
    void this.client;
  }

  /** The client of the session; another one after its end. */
  get client(): ZooKeeperClient {
    if (this.current !== null && (!isOver(this.current.state) || this.closed)) return this.current;
    const client = new ZooKeeperClient({
      ...this.options,
      readOnly: true,
      operationDeadlineMs: DEADLINE_MS,
      maxQueuedRequests: 100_000,
    });
    this.current = client;
    client.on('state', (state) => this.changed(client, state));
    client.on('failed', (failure) => {
      if (client === this.current && !this.closed) this.events.failed(failure);
    });
    if (!this.closed) client.start();
    return client;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.current?.close();
  }

  private changed(client: ZooKeeperClient, state: ClientState): void {
    if (client !== this.current || this.closed) return;
    this.events.state(state, addressOf(client.server));
    if (isConnected(state)) void this.readConfig(client);
    if (!isOver(state)) return;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.client;
    }, RENEW_MS);
  }

  /** Reads who the members are, and is told when that changes: one watch on one znode. */
  private async readConfig(client: ZooKeeperClient): Promise<void> {
    try {
      const { data } = await client.getConfig({ watch: () => void this.readConfig(client) });
      if (client === this.current) this.events.config(decodeUtf8(data ?? new Uint8Array()));
    } catch (error) {
      // Servers before 3.5 have no such node, and its ACL may have been changed; a lost connection is followed by another.
      if (error instanceof ZooKeeperError && client === this.current && isConnected(client.state)) {
        this.events.config(null);
      }
    }
  }
}

/** Whether there is a server that answers, if only reads. */
export function isConnected(state: ClientState): boolean {
  return state === 'connected' || state === 'connectedReadOnly';
}

function isOver(state: ClientState): boolean {
  return state === 'expired' || state === 'authFailed';
}

function addressOf(server: string | null): ServerAddress | null {
  return server === null ? null : (parseConnectString(server).servers[0] ?? null);
}
