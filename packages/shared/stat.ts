/** What ZooKeeper tells of a znode beside its data (Java `Stat`); times are wall clock in ms since 1970. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
}

/** The part of a Stat that is stored and copied between servers; `cversion` is the raw count of created children. */
export interface StatPersisted {
  czxid: bigint;
  mzxid: bigint;
  ctimeMs: number;
  mtimeMs: number;
  version: number;
  cversion: number;
  aversion: number;
  ephemeralOwner: bigint;
  pzxid: bigint;
}
