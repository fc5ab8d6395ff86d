import { Bytes, RawConnection } from '../../harness/raw-connection.ts';

/** What a ConnectRequest says; what is left out is that of a client that comes for the first time. */
export interface ConnectWish {
  readonly sessionId?: bigint;
  readonly password?: Uint8Array;
  readonly timeoutMs?: number;
  readonly lastZxidSeen?: bigint;
  /** Null: the field is missing, as clients before 3.4 send it. */
  readonly readOnly?: boolean | null;
}

/** A connection whose ConnectRequest was answered. */
export interface RawSession {
  readonly connection: RawConnection;
  readonly sessionId: bigint;
  readonly password: Buffer;
  readonly timeoutMs: number;
  /** Of the whole answer. */
  readonly bytes: number;
}

/** Connects to a port and sends a ConnectRequest; null where the connection is closed without an answer. */
export async function tryConnect(port: number, wish: ConnectWish = {}): Promise<RawSession | null> {
  const {
    sessionId = 0n,
    password = new Uint8Array(16),
    timeoutMs = 20_000,
    lastZxidSeen = 0n,
    readOnly = false,
  } = wish;
  const connection = await RawConnection.open(port);
  const request = new Bytes().int(0).long(lastZxidSeen).int(timeoutMs).long(sessionId).field(password);
  connection.send(readOnly === null ? request.frame : request.byte(readOnly ? 1 : 0).frame);
  const frame = await connection.nextFrame();
  if (frame === undefined) return null;
  return {
    connection,
    timeoutMs: frame.readInt32BE(4),
    sessionId: frame.readBigInt64BE(8),
    password: Buffer.from(frame.subarray(20, 36)),
    bytes: frame.length,
  };
}

/** As {@link tryConnect}, where an answer has to come. */
export async function connect(port: number, wish: ConnectWish = {}): Promise<RawSession> {
  const session = await tryConnect(port, wish);
  if (session === null) throw new Error(`port ${port} closed the connection`);
  return session;
}

/** Fields of a Stat at the end of a reply's body. */
export function statOf(body: Buffer): { mzxid: bigint; ephemeralOwner: bigint; pzxid: bigint } {
  const stat = body.subarray(body.length - 68);
  return { mzxid: stat.readBigInt64BE(8), ephemeralOwner: stat.readBigInt64BE(44), pzxid: stat.readBigInt64BE(60) };
}
