import { Bytes, createBody, op, RawConnection } from '../../harness/raw-connection.ts';

/** A session that its client carries from one server to another. */
export class MovingSession {
  readonly sessionId: bigint;
  private readonly password: Buffer;
  private readonly timeoutMs: number;
  private current: RawConnection;

  private constructor(connection: RawConnection, timeoutMs: number, sessionId: bigint, password: Buffer) {
    this.current = connection;
    this.timeoutMs = timeoutMs;
    this.sessionId = sessionId;
    this.password = password;
  }

  /** A new session, which expires after so much silence. */
  static async open(port: number, timeoutMs = 30_000): Promise<MovingSession> {
    const connection = await RawConnection.open(port);
    const answer = await connect(connection, timeoutMs, 0n, Buffer.alloc(16));
    if (answer === null) throw new Error(`no session on port ${port}`);
    return new MovingSession(connection, timeoutMs, answer.sessionId, answer.password);
  }

  /** Where requests go at the moment. */
  get connection(): RawConnection {
    return this.current;
  }

  /** Leaves the connection that it has, without a word, for one to this port; false where the session is not alive there. */
  async moveTo(port: number): Promise<boolean> {
    this.current.destroy();
    this.current = await RawConnection.open(port);
    const answer = await connect(this.current, this.timeoutMs, this.sessionId, this.password);
    return answer?.sessionId === this.sessionId;
  }

  /** Creates an ephemeral of this session; the error code. */
  async createEphemeral(path: string): Promise<number | undefined> {
    return (await this.current.request(op.create, createBody(path, 'ephemeral', 1)))?.error;
  }

  /** Ends the session; the error code. */
  async close(): Promise<number | undefined> {
    return (await this.current.request(op.closeSession))?.error;
  }
}

async function connect(
  connection: RawConnection,
  timeoutMs: number,
  sessionId: bigint,
  password: Buffer,
): Promise<{ sessionId: bigint; password: Buffer } | null> {
  connection.send(new Bytes().int(0).long(0n).int(timeoutMs).long(sessionId).field(password).byte(0).frame);
  const answer = await connection.nextFrame();
  if (answer === undefined) return null;
  return { sessionId: answer.readBigInt64BE(8), password: Buffer.from(answer.subarray(20, 36)) };
}
