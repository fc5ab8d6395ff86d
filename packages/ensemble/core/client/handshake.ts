/**
 * How a connection comes by its session: a new one, one that is renewed, or a refusal (Java
 * `ZooKeeperServer.processConnectRequest`, `reopenSession`, `finishSessionInit`).
 */
import { formatHex } from '@vivarium/shared/zxid';
import { type ConnectRequest, decodeConnectRequest, encodeConnectResponse } from '@vivarium/wire/connect';
import { JuteError, JuteWriter } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { Context } from '../context.ts';
import type { History } from '../history.ts';
import type { Service } from '../role.ts';
import { NO_SESSION, SessionIds } from '../session/session-ids.ts';
import { isPassword, issuedPassword, PASSWORD_BYTES } from '../session/session-password.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';

/** The number of the request that creates a session, which no client has sent. */
export const CREATE_SESSION_CXID = 0;

export class Handshake {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections: Connections;
  private readonly sessionIds: SessionIds;

  constructor(context: Context, history: History, connections: Connections) {
    this.context = context;
    this.history = history;
    this.connections = connections;
    this.sessionIds = new SessionIds(context.config.sid, context.now.wallMs);
  }

  /** The first frame of a connection. */
  connect(connection: Connection, frame: Uint8Array, service: Service | null): void {
    const { counters } = this.context.metrics;
    if (service === null) {
      counters.cnxn_closed_without_zk_server_running++;
      this.connections.close(connection, 'the server is not serving');
      return;
    }
    let request: ConnectRequest;
    try {
      request = decodeConnectRequest(frame);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.connections.close(connection, `not a ConnectRequest: ${error.message}`);
      return;
    }
    counters.connection_request_count++;
    if (service.readOnly && request.readOnly !== true) {
      this.connections.close(connection, 'only readers are served while there is no leader');
      return;
    }
    const { lastZxid } = this.history.database;
    if (request.lastZxidSeen > lastZxid) {
      // The client has seen what this server has not yet: it would go back in time.
      this.connections.close(
        connection,
        `the client has seen ${formatHex(request.lastZxidSeen)}, the server is at ${formatHex(lastZxid)}`,
      );
      return;
    }
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.context.config;
    // A ConnectResponse of zero says that a session has expired.
    connection.timeoutMs = Math.max(Math.min(Math.max(request.timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs), 1);
    connection.knowsReadOnly = request.readOnly !== null;
    if (request.sessionId === NO_SESSION) {
      this.create(connection, service);
      return;
    }
    if (!isPassword(this.context.config.sessionPasswords, request.sessionId, request.password)) {
      this.refuseSession(connection, 'wrong password');
      return;
    }
    const older = this.connections.holderOf(request.sessionId);
    if (older !== undefined) this.connections.close(older, 'the session has a newer connection');
    connection.sessionId = request.sessionId;
    connection.state = 'revalidating';
    this.connections.hold(connection);
    counters.connection_revalidate_count++;
    this.pauseReading(connection, true);
    service.revalidate(connection.sessionId, connection.timeoutMs);
  }

  /** Asks for a new session; again, with another id, where the primary has refused one. */
  create(connection: Connection, service: Service): void {
    const { sessions } = this.history.database;
    const isTaken = (id: bigint): boolean => sessions.has(id) || this.connections.holderOf(id) !== undefined;
    connection.sessionId = service.readOnly ? this.sessionIds.takeForReader() : this.sessionIds.take(isTaken);
    connection.state = 'creating';
    this.connections.hold(connection);
    this.pauseReading(connection, true);
    const record = new JuteWriter(4).int(connection.timeoutMs).finish();
    service.submit({
      sessionId: connection.sessionId,
      cxid: CREATE_SESSION_CXID,
      type: OpCode.createSession,
      record,
      ids: [],
    });
  }

  /**
   * The leader has said whether a session that came from elsewhere is alive. `proposedZxid`: up to here all was proposed
   * before the leader took this server for the session's.
   */
  revalidated(sessionId: bigint, alive: boolean, proposedZxid: bigint): void {
    const connection = this.connections.holderOf(sessionId);
    if (connection?.state !== 'revalidating') return;
    connection.sinceZxid = proposedZxid;
    if (alive) this.open(connection);
    else this.refuseSession(connection, 'the session has expired');
  }

  /** The session is there, by the leader's word or by its transaction. */
  open(connection: Connection): void {
    connection.state = 'open';
    const { client, timeoutMs, sessionId, address } = connection;
    const password = issuedPassword(this.context.config.sessionPasswords, sessionId);
    const readOnly = connection.knowsReadOnly ? this.connections.readOnly : null;
    this.connections.send(connection, encodeConnectResponse({ timeoutMs, sessionId, password, readOnly }));
    this.pauseReading(connection, false);
    if (this.context.tracing) {
      this.context.trace({ kind: 'clientConnected', client, address, session: formatHex(sessionId) });
    }
  }

  /** Requests may follow a ConnectRequest at once; they wait until the session is there (Java `ServerCnxn.disableRecv`). */
  private pauseReading({ client }: Connection, paused: boolean): void {
    this.context.emit({ kind: 'throttleClient', client, paused });
  }

  private refuseSession(connection: Connection, reason: string): void {
    const frame = encodeConnectResponse({
      timeoutMs: 0,
      sessionId: NO_SESSION,
      password: new Uint8Array(PASSWORD_BYTES),
      readOnly: connection.knowsReadOnly ? this.connections.readOnly : null,
    });
    this.connections.send(connection, frame);
    this.connections.close(connection, reason);
  }
}
