/** A session of the fuzzer's own, as its ConnectResponse told it. */
export interface Credential {
  readonly sessionId: bigint;
  readonly password: Uint8Array;
}

/** What the fuzzer knows of the ensemble when it makes up a conversation: the same world and seed give the same frames. */
export interface World {
  /** sids of the configuration. */
  readonly voters: readonly number[];
  /** The sid of the leader, or of whoever is taken for it. */
  readonly leader: number;
  /** The leader's epoch. */
  readonly epoch: number;
  /** About the last transaction. */
  readonly zxid: bigint;
  /** Sessions of clients that are connected. */
  readonly sessions: readonly bigint[];
  /** The last sessions that the fuzzer was given itself, which any of its connections may take over. */
  readonly credentials: readonly Credential[];
  /** Where the fuzzer itself can be dialled back. */
  readonly ownPort: number;
  /** Whether the sids of voters may be used, or only those of strangers. */
  readonly impersonate: boolean;
}

/** One piece of what is sent on a connection. */
export interface Chunk {
  /** What is counted: the frame's kind, and how it was mutated. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How long to wait before it. */
  readonly pauseMs: number;
}

/** What happens on one connection, from the fuzzer's side. */
export interface Conversation {
  readonly name: string;
  /** The sid of the server that is dialled. */
  readonly target: number;
  readonly chunks: readonly Chunk[];
  /**
   * How it ends when all is sent: `close` sends the end of the stream and waits for the other side's, `reset` breaks off,
   * `linger` stays silent until the server closes, or for a while.
   */
  readonly end: 'close' | 'reset' | 'linger';
  /** Nothing of what the server answers is ever read. */
  readonly deaf?: true;
}
