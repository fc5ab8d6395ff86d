/** Committed transactions, live and past: `GET /api/clusters/{cluster}/transactions`. */
import { type Static, Type } from 'typebox';

const Hex = Type.String({ pattern: '^0x[0-9a-f]{1,16}$' });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/**
 * Filters hold together. `path`: that znode was changed, or is what the transaction is about; `below`: it, or any under it.
 * `fromMs` and `toMs` are of `timeMs`, both included. Pages go from new to old with `before`; what is new comes with
 * `after`. Both are zxids and not included themselves; `until` is, and is where the list ends for who looks at the past.
 */
export const TransactionsQuery = Type.Object({
  path: Type.Optional(Type.String({ maxLength: 16_384 })),
  below: Type.Optional(Type.String({ maxLength: 16_384 })),
  session: Type.Optional(Hex),
  operation: Type.Optional(Type.String({ maxLength: 40 })),
  fromMs: Type.Optional(Type.Integer({ minimum: 0 })),
  toMs: Type.Optional(Type.Integer({ minimum: 0 })),
  before: Type.Optional(Hex),
  after: Type.Optional(Hex),
  until: Type.Optional(Hex),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});

/** What a transaction did to one znode. */
export const TransactionChangeSchema = Type.Object({
  path: Type.String(),
  change: Type.Union([
    Type.Literal('created'),
    Type.Literal('dataChanged'),
    Type.Literal('deleted'),
    Type.Literal('aclChanged'),
  ]),
  version: Type.Integer(),
  /** Lengths; null where there are no data, or it is not known. */
  beforeBytes: Nullable(Type.Integer()),
  afterBytes: Nullable(Type.Integer()),
  /** Its name may be read, its data may not, by the credentials in use. */
  hidden: Type.Boolean(),
});

export const TransactionSchema = Type.Object({
  zxid: Hex,
  /** When the leader made it, ms since 1970 by the leader's clock. */
  timeMs: Type.Number(),
  /** When it came here, by the host's clock. */
  heardMs: Type.Number(),
  session: Hex,
  cxid: Type.Integer(),
  /** The client's address, where it was known while its session lived. */
  address: Nullable(Type.String()),
  operation: Type.String(),
  /** An error code where the transaction is one that failed; 0 else. */
  error: Type.Integer(),
  /** What it is about, or the first of what it changed; null where there is none, or it may not be read. */
  path: Nullable(Type.String()),
  changes: Type.Array(TransactionChangeSchema),
  /** Changes beyond those that are kept. */
  moreChanges: Type.Integer(),
  /** Changes of znodes of which the credentials in use may read neither data nor name. */
  hiddenChanges: Type.Integer(),
});
export type TransactionJson = Static<typeof TransactionSchema>;

/** Transactions that were not seen: those behind `after`, up to `until` with it. */
export const TransactionGapSchema = Type.Object({
  after: Hex,
  until: Hex,
  /** When the one before and the one behind it were made; null where the cluster has made none since. */
  fromMs: Type.Number(),
  toMs: Nullable(Type.Number()),
});
export type TransactionGapJson = Static<typeof TransactionGapSchema>;

export const TransactionsSchema = Type.Object({
  /** The newest first. */
  transactions: Type.Array(TransactionSchema),
  /** Whether more match: older ones, or with `after` ones between it and the last of these. */
  more: Type.Boolean(),
  /** Those that touch what this answer spans, the newest first. */
  gaps: Type.Array(TransactionGapSchema),
  /** What is kept at all: zxid and time of the oldest, zxid of the newest, and how many; null where none is. */
  kept: Nullable(Type.Object({ first: Hex, last: Hex, fromMs: Type.Number(), count: Type.Integer() })),
});
export type TransactionsJson = Static<typeof TransactionsSchema>;

/** `GET …/transactions/{zxid}`: with the data. */
export const TransactionDetailSchema = Type.Object({
  transaction: TransactionSchema,
  /** In the order of `changes`. Base64, null where there are none or they are not kept; of `aclChanged` the lists, as text. */
  data: Type.Array(
    Type.Object({
      before: Nullable(Type.String()),
      after: Nullable(Type.String()),
      /** Whether both sides are there as they were: else they were too long, or not known. */
      kept: Type.Boolean(),
    }),
  ),
});
export type TransactionDetailJson = Static<typeof TransactionDetailSchema>;
