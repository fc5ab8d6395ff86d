/** Clients and their sessions. */
import type { ClusterEventBody, HexString } from '../cluster-event.ts';
import { type ClusterState, MAX_SESSIONS, type SessionView } from '../cluster-state.ts';
import { changeServer, serverOf } from './servers.ts';

type Body<Kind extends ClusterEventBody['kind']> = Extract<ClusterEventBody, { kind: Kind }>;

/** Every server says so of every session: the first one counts. */
export function sessionCreated(state: ClusterState, atMs: number, body: Body<'sessionCreated'>): void {
  const { session, timeoutMs } = body;
  const known = state.sessions[session];
  if (known?.timeoutMs === timeoutMs) return;
  put(state, { ...(known ?? newSession(session, atMs)), timeoutMs });
}

export function sessionClosed(state: ClusterState, session: HexString): void {
  const known = state.sessions[session];
  if (known === undefined) return;
  if (known.server !== null) addConnections(state, known.server, -1);
  delete state.sessions[session];
  state.sessionCount--;
}

export function connected(state: ClusterState, sid: number, atMs: number, body: Body<'clientConnected'>): void {
  const { session, address } = body;
  const known = state.sessions[session] ?? newSession(session, atMs);
  if (known.server !== sid) {
    if (known.server !== null) addConnections(state, known.server, -1);
    addConnections(state, sid, 1);
  }
  // A connection comes without watches: they are set on it anew.
  put(state, { ...known, server: sid, address, watches: 0 });
}

export function disconnected(state: ClusterState, sid: number, session: HexString | null): void {
  const known = session === null ? undefined : state.sessions[session];
  if (known?.server !== sid) return;
  addConnections(state, sid, -1);
  put(state, { ...known, server: null });
}

/** A watch was set or removed. */
export function watchesChanged(state: ClusterState, session: HexString, watches: number): void {
  const known = state.sessions[session];
  if (known !== undefined) put(state, { ...known, watches });
}

export function watchFired(state: ClusterState, session: HexString, watches: number): void {
  const known = state.sessions[session];
  if (known !== undefined) put(state, { ...known, watches, fired: known.fired + 1 });
}

function addConnections(state: ClusterState, sid: number, count: number): void {
  changeServer(state, sid, { connections: Math.max(0, serverOf(state, sid).connections + count) });
}

function put(state: ClusterState, session: SessionView): void {
  if (state.sessions[session.session] === undefined) {
    // Beyond the limit a session is counted and not listed.
    if (state.sessionCount >= MAX_SESSIONS) return;
    state.sessionCount++;
  }
  state.sessions[session.session] = session;
}

function newSession(session: HexString, atMs: number): SessionView {
  return { session, server: null, address: null, timeoutMs: null, sinceMs: atMs, watches: 0, fired: 0 };
}
