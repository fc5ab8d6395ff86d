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
import type { Role } from '../role.ts';
import { SessionIds } from '../session/session-ids.ts';
import { isPassword, PASSWORD_BYTES, sessionPassword } from '../session/session-password.ts';
import { type Connection, NO_SESSION } from './connection.ts';
import type { Connections } from './connections.ts';

export class Handshake {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections: Connections;
  private readonly sessionIds: SessionIds;

  constructor(context: Context, history: History, connections: Connections) {
    this.context = context;
    this.history = history;
    this.connections = connections;
    // Java's elapsed time counts from the machine's start; ours, from the process's, would give two lives the same ids.
    this.sessionIds = new SessionIds(Math.max(context.config.sid, 1), context.now.wallMs);
  }

  /** The first frame of a connection. */
  connect(connection: Connection, frame: Uint8Array, role: Role | null): void {
    if (role === null) {
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
    connection.timeoutMs = Math.min(Math.max(request.timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs);
    connection.knowsReadOnly = request.readOnly !== null;
    if (request.sessionId === NO_SESSION) {
      connection.sessionId = this.sessionIds.take();
      connection.state = 'creating';
      this.connections.hold(connection);
      const record = new JuteWriter(4).int(connection.timeoutMs).finish();
      role.submit({ sessionId: connection.sessionId, cxid: 0, type: OpCode.createSession, record, ids: [] });
      return;
    }
    if (!isPassword(request.sessionId, request.password)) {
      this.refuseSession(connection, 'wrong password');
      return;
    }
    const older = this.connections.holderOf(request.sessionId);
    if (older !== undefined) this.connections.close(older, 'the session has a newer connection');
    connection.sessionId = request.sessionId;
    connection.state = 'revalidating';
    this.connections.hold(connection);
    role.revalidate(connection.sessionId, connection.timeoutMs);
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
    const password = sessionPassword(sessionId);
    const readOnly = connection.knowsReadOnly ? false : null;
    this.connections.send(connection, encodeConnectResponse({ timeoutMs, sessionId, password, readOnly }));
    if (this.context.tracing) {
      this.context.trace({ kind: 'clientConnected', client, address, session: formatHex(sessionId) });
    }
  }

  private refuseSession(connection: Connection, reason: string): void {
    const frame = encodeConnectResponse({
      timeoutMs: 0,
      sessionId: NO_SESSION,
      password: new Uint8Array(PASSWORD_BYTES),
      readOnly: connection.knowsReadOnly ? false : null,
    });
    this.connections.send(connection, frame);
    this.connections.close(connection, reason);
  }
}
