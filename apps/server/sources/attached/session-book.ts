/** Which session's client is connected where, as far as lists of connections tell. */
import type { ClusterEventBody, HexString } from '@vivarium/shared/cluster-event';
import { formatHex } from '@vivarium/shared/zxid';
import type { ClientConnection } from '../../monitor/server-sample.ts';

interface Known {
  readonly sid: number;
  readonly client: number;
  readonly address: string;
}

/** As many are remembered; further ones are in no list. */
const MAX_SESSIONS = 20_000;

export class SessionBook {
  private readonly emit: (sid: number, body: ClusterEventBody) => void;
  private readonly known = new Map<HexString, Known>();
  private nextClient = 1;

  constructor(emit: (sid: number, body: ClusterEventBody) => void) {
    this.emit = emit;
  }

  /** Where the session's client was connected from last, while it is known. */
  addressOf(session: bigint): string | null {
    return this.known.get(formatHex(session))?.address ?? null;
  }

  /** All connections of a server, as it lists them. */
  connections(sid: number, clients: readonly ClientConnection[]): void {
    const there = new Set<HexString>();
    for (const { session: id, address, timeoutMs } of clients) {
      if (id === null || id === 0n) continue;
      const session = formatHex(id);
      there.add(session);
      const before = this.known.get(session);
      if (before?.sid === sid && before.address === address) continue;
      if (before === undefined && this.known.size >= MAX_SESSIONS) continue;
      const client = this.nextClient++;
      this.known.set(session, { sid, client, address });
      this.emit(sid, { kind: 'clientConnected', client, address, session });
      if (before === undefined && timeoutMs !== null) this.emit(sid, { kind: 'sessionCreated', session, timeoutMs });
    }
    for (const [session, { sid: at, client }] of this.known) {
      if (at !== sid || there.has(session)) continue;
      this.known.delete(session);
      this.emit(sid, { kind: 'clientClosed', client, session, reason: 'gone' });
    }
  }

  /** The session has ended. */
  closed(session: HexString): void {
    this.known.delete(session);
  }
}
