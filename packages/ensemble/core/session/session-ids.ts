import { CONTAINER_OWNER } from '../tree/znode.ts';

/** The id by which a client says that it has no session. */
export const NO_SESSION = 0n;

/**
 * Ids for new sessions (Java `SessionTrackerImpl.initializeNextSessionId`): the server's sid in the top byte, then the time of
 * the start in ms, then two bytes to count with, so that no two servers and no two lives of a server give the same one. Java
 * takes a clock that runs from the machine's start, ours from the process's, which would be no difference between two lives;
 * the wall clock may be set back, or begin anew with a machine that has none of its own. Therefore an id that is known to be a
 * session's is passed over, and the primary refuses one that only it knows (`Primary.admit`).
 */
export class SessionIds {
  private next: bigint;
  private nextOfReaders: bigint;

  constructor(sid: number, startMs: number) {
    this.next = BigInt.asIntN(
      64,
      (BigInt.asUintN(64, BigInt(Math.floor(startMs)) << 24n) >> 8n) | (BigInt(sid) << 56n),
    );
    const start = BigInt.asUintN(32, BigInt(Math.floor(startMs)));
    this.nextOfReaders = BigInt.asIntN(64, (BigInt(sid) << 56n) | (READERS << 32n) | start);
  }

  /** The next id that is not taken. */
  take(isTaken: (id: bigint) => boolean): bigint {
    for (;;) {
      const id = this.next;
      this.next = BigInt.asIntN(64, id + 1n);
      if (id !== NO_SESSION && id !== CONTAINER_OWNER && !isTaken(id)) return id;
    }
  }

  /** An id for a session that only this life of this server knows. */
  takeForReader(): bigint {
    const id = this.nextOfReaders;
    this.nextOfReaders = BigInt.asIntN(64, id + 1n);
    return id;
  }
}

/** Where others have the upper part of a time, which reaches this value for a minute in 35 years. */
const READERS = 0xffffffn;

/** Whether it is an id of `takeForReader`, on whichever server: a session that no other server can have. */
export function isReaderSession(sessionId: bigint): boolean {
  return BigInt.asUintN(24, sessionId >> 32n) === READERS;
}
