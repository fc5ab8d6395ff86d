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

  constructor(sid: number, startMs: number) {
    this.next = BigInt.asIntN(
      64,
      (BigInt.asUintN(64, BigInt(Math.floor(startMs)) << 24n) >> 8n) | (BigInt(sid) << 56n),
    );
  }

  /** The next id that is not taken. */
  take(isTaken: (id: bigint) => boolean): bigint {
    for (;;) {
      const id = this.next;
      this.next = BigInt.asIntN(64, id + 1n);
      if (id !== NO_SESSION && id !== CONTAINER_OWNER && !isTaken(id)) return id;
    }
  }
}
