/** The tree in memory: search, and sizes of subtrees. `GET /api/clusters/{cluster}/search` and `…/subtree`. */
import { type Static, Type } from 'typebox';

/**
 * `in`: `name` looks for the text in names (case does not matter), `pattern` takes a path with `*` (within a name) and `**`,
 * `content` looks for the text in data (as UTF-8 bytes).
 */
export const SearchQuery = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 1_024 }),
  in: Type.Union([Type.Literal('name'), Type.Literal('pattern'), Type.Literal('content')]),
  below: Type.Optional(Type.String({ maxLength: 16_384 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});

export const SearchSchema = Type.Object({
  hits: Type.Array(
    Type.Object({
      path: Type.String(),
      /** Null where the credentials in use may not read the znode itself, but its name in its parent's list. */
      stat: Type.Union([
        Type.Object({ dataLength: Type.Integer(), numChildren: Type.Integer(), ephemeral: Type.Boolean() }),
        Type.Null(),
      ]),
      /** For `content`: text around the place, and where in the data it is; null else. */
      excerpt: Type.Union([
        Type.Object({ text: Type.String(), at: Type.Integer(), length: Type.Integer(), offset: Type.Integer() }),
        Type.Null(),
      ]),
    }),
  ),
  /** Whether there are more than `hits`. */
  more: Type.Boolean(),
  /** Znodes that were looked at, of all that there are. */
  scanned: Type.Integer(),
  total: Type.Integer(),
  tookMs: Type.Number(),
  /** The zxid of the tree that was searched. */
  zxid: Type.String(),
  /** Whether bodies were there to be searched. */
  bodies: Type.Boolean(),
});
export type SearchJson = Static<typeof SearchSchema>;

export const SubtreeQuery = Type.Object({
  path: Type.String({ maxLength: 16_384 }),
  /** By what the largest children are chosen. */
  by: Type.Optional(Type.Union([Type.Literal('bytes'), Type.Literal('znodes'), Type.Literal('writes')])),
  /** How deep the map goes, and how many children of each znode it has; what is left out is summed up in `rest`. */
  depth: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});

/** Of a znode with all below it. */
export interface SubtreeJson {
  readonly name: string;
  readonly path: string;
  readonly znodes: number;
  readonly bytes: number;
  /** Writes a second in the last minute. */
  readonly writes: number;
  readonly ephemerals: number;
  /** The largest ones. */
  readonly children: readonly SubtreeJson[];
  /** The children that are not listed; null where there are none. */
  readonly rest: {
    readonly children: number;
    readonly znodes: number;
    readonly bytes: number;
    readonly writes: number;
  } | null;
}
