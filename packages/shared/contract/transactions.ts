/** Committed transactions, live and past: `GET /api/clusters/{cluster}/transactions`. */
import { type Static, Type } from 'typebox';

const Hex = Type.String({ pattern: '^0x[0-9a-f]{1,16}$' });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/** Filters hold together; `below` is a path, with all under it; `before` a zxid: pages go from new to old. */
export const TransactionsQuery = Type.Object({
  path: Type.Optional(Type.String({ maxLength: 16_384 })),
  below: Type.Optional(Type.String({ maxLength: 16_384 })),
  session: Type.Optional(Hex),
  operation: Type.Optional(Type.String({ maxLength: 40 })),
  fromMs: Type.Optional(Type.Number()),
  toMs: Type.Optional(Type.Number()),
  before: Type.Optional(Hex),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});

/** What a transaction did to one znode. `before` and `after` are base64, null where there is none or it is not kept. */
export const TransactionChangeSchema = Type.Object({
  path: Type.String(),
  change: Type.Union([
    Type.Literal('created'),
    Type.Literal('dataChanged'),
    Type.Literal('deleted'),
    Type.Literal('aclChanged'),
  ]),
  version: Type.Integer(),
  beforeBytes: Nullable(Type.Integer()),
  afterBytes: Nullable(Type.Integer()),
});

export const TransactionSchema = Type.Object({
  zxid: Hex,
  /** When the leader made it, ms since 1970 by the leader's clock. */
  timeMs: Type.Number(),
  /** When it came here, by the host's clock. */
  heardMs: Type.Number(),
  session: Hex,
  cxid: Type.Integer(),
  /** The client's address, where it was known at that time. */
  address: Nullable(Type.String()),
  operation: Type.String(),
  /** An error code where the transaction is one that failed; 0 else. */
  error: Type.Integer(),
  /** The first path; null where there is none. */
  path: Nullable(Type.String()),
  changes: Type.Array(TransactionChangeSchema),
  /** Changes beyond those that are kept. */
  moreChanges: Type.Integer(),
});
export type TransactionJson = Static<typeof TransactionSchema>;

export const TransactionsSchema = Type.Object({
  transactions: Type.Array(TransactionSchema),
  /** Whether older ones match too. */
  more: Type.Boolean(),
  /** What is kept at all: zxid and time of the oldest, and how many; null where none is. */
  kept: Nullable(Type.Object({ first: Hex, fromMs: Type.Number(), count: Type.Integer() })),
});
export type TransactionsJson = Static<typeof TransactionsSchema>;

/** `GET …/transactions/{zxid}`: with the data. */
export const TransactionDetailSchema = Type.Object({
  transaction: TransactionSchema,
  /** In the order of `changes`; base64, null where there is none or it is not kept. */
  data: Type.Array(
    Type.Object({
      before: Nullable(Type.String()),
      after: Nullable(Type.String()),
      /** Whether data were too long, or not known, to be kept. */
      kept: Type.Boolean(),
    }),
  ),
});
export type TransactionDetailJson = Static<typeof TransactionDetailSchema>;
