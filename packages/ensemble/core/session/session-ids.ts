/**
 * Ids for new sessions (Java `SessionTrackerImpl.initializeNextSessionId`): the server's sid in the top byte, then the
 * time of the start, then a counter, so that no two servers and no two lives of a server give the same one.
 */
export class SessionIds {
  private next: bigint;

  constructor(sid: number, startMs: number) {
    this.next = BigInt.asIntN(
      64,
      (BigInt.asUintN(64, BigInt(Math.floor(startMs)) << 24n) >> 8n) | (BigInt(sid) << 56n),
    );
  }

  take(): bigint {
    const id = this.next;
    this.next = BigInt.asIntN(64, id + 1n);
    return id;
  }
}
