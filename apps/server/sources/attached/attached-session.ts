/** The one client session with an attached cluster: kept alive whether or not anybody looks, and what it tells of the ensemble. */
import type { ClientOptions } from '@vivarium/client/client-options';
import { parseConnectString, type ServerAddress } from '@vivarium/client/connect-string';
import type { ConnectionFailure } from '@vivarium/client/connection-failure';
import { ZooKeeperError } from '@vivarium/client/errors';
import { type ClientState, ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { WayReason } from '@vivarium/shared/contract/source';
import { decodeUtf8 } from '@vivarium/shared/utf8';
import { apiFailure } from '../../api-failure.ts';
import { DEADLINE_MS } from '../../znodes/znode-store.ts';

/** Whom to connect to, and as whom. */
export type SessionTarget = Pick<ClientOptions, 'connectString' | 'tls' | 'credentials'>;

/** Why there is nobody to connect to. */
export class NoTargetError extends Error {
  override name = 'NoTargetError';
  readonly reason: WayReason;

  constructor(reason: WayReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface SessionEvents {
  /** Asked before each session. Rejects with `NoTargetError`. */
  target(): Promise<SessionTarget>;
  state(state: ClientState, server: ServerAddress | null): void;
  /** There is a new session; the server that made it has put its sid into the id. */
  created(sid: number, server: ServerAddress): void;
  /** A connection failed, or was lost, or there is nobody to connect to. */
  failed(reason: WayReason): void;
  /** The text of the configuration node; empty where a server stands alone, null where it may not be read. */
  config(text: string | null): void;
}

/** Until a session that has ended, or found no target, is followed by another. */
const RENEW_MS = 1_000;
const NO_TARGET_RENEW_MS = 10_000;
/** Between two readings of the configuration, should it change again and again. */
const CONFIG_MS = 1_000;

export class AttachedSession {
  private readonly events: SessionEvents;
  private current: ZooKeeperClient | null = null;
  private timer: NodeJS.Timeout | null = null;
  private configTimer: NodeJS.Timeout | null = null;
  private createdId = 0n;
  private lastTarget: SessionTarget | null = null;
  private closed = false;

  constructor(events: SessionEvents) {
    this.events = events;
  }

  start(): void {
    void this.begin();
  }

  /** The client of the session. Throws `ApiFailure` `noService` where there is none yet. */
  get client(): ZooKeeperClient {
    if (this.current === null) throw apiFailure('noService', { reason: 'there is no session yet' });
    return this.current;
  }

  /**
   * A client for a session beside this one, as the same, not started: ephemerals of a viewer go with it. Throws `ApiFailure`
   * `noService` where nobody has been found to connect to.
   */
  another(): ZooKeeperClient {
    if (this.lastTarget === null) throw apiFailure('noService', { reason: 'there is no session yet' });
    return new ZooKeeperClient({ ...this.lastTarget, operationDeadlineMs: DEADLINE_MS });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of [this.timer, this.configTimer]) if (timer !== null) clearTimeout(timer);
    await this.current?.close();
  }

  private async begin(): Promise<void> {
    let target: SessionTarget;
    try {
      target = await this.events.target();
    } catch (error) {
      if (!(error instanceof NoTargetError)) throw error;
      if (this.closed) return;
      this.events.failed(error.reason);
      this.renew(NO_TARGET_RENEW_MS);
      return;
    }
    if (this.closed) return;
    const client = this.made(target);
    if (client === null) return;
    this.lastTarget = target;
    this.current = client;
    client.on('state', (state) => this.changed(client, state));
    client.on('failed', ({ reason }: ConnectionFailure) => {
      if (client === this.current && !this.closed) this.events.failed(reason);
    });
    client.start();
  }

  /** Null where its keys and certificates cannot be read: perhaps a person mends them. */
  private made(target: SessionTarget): ZooKeeperClient | null {
    const limits = { operationDeadlineMs: DEADLINE_MS, maxQueuedRequests: 100_000 };
    try {
      return new ZooKeeperClient({ ...target, ...limits, readOnly: true });
    } catch (error) {
      const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      this.events.failed({ code: 'tls', params: { address: target.connectString, detail } });
      this.renew(NO_TARGET_RENEW_MS);
      return null;
    }
  }

  private changed(client: ZooKeeperClient, state: ClientState): void {
    if (client !== this.current || this.closed) return;
    const server = addressOf(client.server);
    this.events.state(state, server);
    if (isConnected(state)) {
      if (server !== null && client.sessionId !== this.createdId && state === 'connected') {
        this.createdId = client.sessionId;
        this.events.created(Number(BigInt.asUintN(8, client.sessionId >> 56n)), server);
      }
      void this.readConfig(client);
    }
    if (state === 'expired') this.renew(RENEW_MS);
    // What was refused will be refused again.
    if (state === 'authFailed') this.renew(NO_TARGET_RENEW_MS);
  }

  private renew(afterMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.begin();
    }, afterMs);
  }

  /** Reads who the members are, and is told when that changes: one watch on one znode. */
  private async readConfig(client: ZooKeeperClient): Promise<void> {
    try {
      const { data } = await client.getConfig({ watch: () => this.configChanged(client) });
      if (client === this.current && !this.closed) this.events.config(decodeUtf8(data ?? new Uint8Array()));
    } catch (error) {
      // Servers before 3.5 have no such node, and its ACL may have been changed; a lost connection is followed by another.
      if (error instanceof ZooKeeperError && client === this.current && isConnected(client.state)) {
        this.events.config(null);
      }
    }
  }

  private configChanged(client: ZooKeeperClient): void {
    if (this.closed) return;
    this.configTimer ??= setTimeout(() => {
      this.configTimer = null;
      if (client === this.current) void this.readConfig(client);
    }, CONFIG_MS);
  }
}

/** Whether there is a server that answers, if only reads. */
export function isConnected(state: ClientState): boolean {
  return state === 'connected' || state === 'connectedReadOnly';
}

function addressOf(server: string | null): ServerAddress | null {
  return server === null ? null : (parseConnectString(server).servers[0] ?? null);
}
