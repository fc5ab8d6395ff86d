/** Requests and answers of the REST interface under `/api`: schemas, and the types made of them. */
import { type Static, Type } from 'typebox';

const Hex = Type.String({ pattern: '^0x[0-9a-f]{1,16}$', description: '64 bits in hex' });

export const StatSchema = Type.Object({
  czxid: Hex,
  mzxid: Hex,
  pzxid: Hex,
  ctimeMs: Type.Number(),
  mtimeMs: Type.Number(),
  version: Type.Integer(),
  cversion: Type.Integer(),
  aversion: Type.Integer(),
  ephemeralOwner: Hex,
  dataLength: Type.Integer(),
  numChildren: Type.Integer(),
});
/** A Stat as it crosses the network: 64-bit values in hex. */
export type StatJson = Static<typeof StatSchema>;

export const AclEntrySchema = Type.Object({
  scheme: Type.String({ maxLength: 256 }),
  id: Type.String({ maxLength: 4096 }),
  perms: Type.Integer({ minimum: 0, maximum: 31 }),
});
export type AclEntryJson = Static<typeof AclEntrySchema>;

export const InstantQuery = Type.Object({ at: Type.Optional(Type.Integer({ minimum: 0 })) });

/** `at`: the number of an event; without it, live. */
export const ReadQuery = Type.Object({
  path: Type.String({ maxLength: 16_384 }),
  at: Type.Optional(Type.Integer({ minimum: 0 })),
});

/** Where what was read comes from, and how old it is. */
export const ReadFromSchema = Type.Object({
  /** `client`: a session; `observer`: the tree in memory. */
  origin: Type.Union([Type.Literal('client'), Type.Literal('observer')]),
  /** `host:port` of the server that answered; null where none did. */
  server: Type.Union([Type.String(), Type.Null()]),
  /** When that was so, on the host's wall clock; what is shown may be older than the answer. */
  asOfMs: Type.Number(),
  /** Whether each change is told from now on. */
  live: Type.Boolean(),
  /** Where changes are too many to be told of one by one: how often it is looked at instead, in ms; null else. */
  everyMs: Type.Union([Type.Number(), Type.Null()]),
});
export type ReadFromJson = Static<typeof ReadFromSchema>;

export const ZnodeSchema = Type.Object({
  path: Type.String(),
  /** Base64; null where the znode was created without data. */
  data: Type.Union([Type.String(), Type.Null()]),
  stat: StatSchema,
  acl: Type.Array(AclEntrySchema),
  /** The instant that was read: the number of an event, or null for live. */
  at: Type.Union([Type.Integer(), Type.Null()]),
  /** Left out where it comes from the logs of our own servers, as all that is past. */
  from: Type.Optional(ReadFromSchema),
});
export type ZnodeJson = Static<typeof ZnodeSchema>;

export const ChildrenQuery = Type.Object({
  path: Type.String({ maxLength: 16_384 }),
  at: Type.Optional(Type.Integer({ minimum: 0 })),
  offset: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  /** With `true` each child of the page comes with its Stat. */
  stat: Type.Optional(Type.Boolean()),
});

export const ChildSchema = Type.Object({
  name: Type.String(),
  /** Null where it was not asked for, the child has gone since the list was made, or it may not be read. */
  stat: Type.Union([StatSchema, Type.Null()]),
});
export type ChildJson = Static<typeof ChildSchema>;

/** One page of the sorted names. */
export const ChildrenSchema = Type.Object({
  path: Type.String(),
  stat: StatSchema,
  total: Type.Integer(),
  offset: Type.Integer(),
  children: Type.Array(ChildSchema),
  at: Type.Union([Type.Integer(), Type.Null()]),
  /** Left out where it comes from the logs of our own servers, as all that is past. */
  from: Type.Optional(ReadFromSchema),
});
export type ChildrenJson = Static<typeof ChildrenSchema>;

export const CreateModeSchema = Type.Union([
  Type.Literal('persistent'),
  Type.Literal('persistentSequential'),
  Type.Literal('ephemeral'),
  Type.Literal('ephemeralSequential'),
  Type.Literal('container'),
  Type.Literal('persistentTtl'),
  Type.Literal('persistentSequentialTtl'),
]);
export type CreateModeJson = Static<typeof CreateModeSchema>;

/** Writes name their path in the query or in the body. */
const OptionalPath = Type.Optional(
  Type.String({ maxLength: 16_384, description: 'unless it is in the query or body' }),
);
export const PathQuery = Type.Object({ path: OptionalPath });

export const CreateBody = Type.Object(
  {
    path: OptionalPath,
    data: Type.Optional(Type.String({ description: 'base64; without it the znode has no data (null)' })),
    mode: Type.Optional(CreateModeSchema),
    ttlMs: Type.Optional(Type.Integer()),
    acl: Type.Optional(Type.Array(AclEntrySchema, { maxItems: 100 })),
  },
  { additionalProperties: false },
);
export type CreateRequest = Static<typeof CreateBody> & { path: string };

export const CreatedSchema = Type.Object({
  /** With the number that a sequential mode appended. */
  path: Type.String(),
  stat: StatSchema,
  /** The session that an ephemeral belongs to. */
  session: Type.Union([Hex, Type.Null()]),
});
export type CreatedJson = Static<typeof CreatedSchema>;

export const SetBody = Type.Object(
  {
    path: OptionalPath,
    data: Type.String({ description: 'base64' }),
    /** The version that was read; -1 for whatever it is. */
    version: Type.Integer({ minimum: -1, maximum: 2_147_483_647 }),
  },
  { additionalProperties: false },
);
export type SetRequest = Static<typeof SetBody> & { path: string };

export const DeleteQuery = Type.Object({
  path: Type.String({ maxLength: 16_384 }),
  version: Type.Optional(Type.Integer({ minimum: -1, maximum: 2_147_483_647 })),
  recursive: Type.Optional(Type.Boolean()),
});
export const DeletedSchema = Type.Object({ deleted: Type.Integer() });
export type DeletedJson = Static<typeof DeletedSchema>;

export const ServerActionSchema = Type.Union([
  Type.Literal('kill'),
  Type.Literal('stop'),
  Type.Literal('start'),
  Type.Literal('restart'),
  Type.Literal('pause'),
  Type.Literal('resume'),
  Type.Literal('isolate'),
  Type.Literal('heal'),
]);
export type ServerAction = Static<typeof ServerActionSchema>;

const LinkFaultSchema = Type.Union([
  Type.Object({ kind: Type.Literal('cut') }, { additionalProperties: false }),
  Type.Object(
    { kind: Type.Literal('slow'), delayMs: Type.Integer({ minimum: 0, maximum: 60_000 }) },
    { additionalProperties: false },
  ),
  Type.Object(
    { kind: Type.Literal('drop'), percent: Type.Integer({ minimum: 1, maximum: 100 }) },
    { additionalProperties: false },
  ),
]);

/** `PUT /api/clusters/{cluster}/links/{from}/{to}`; DELETE of the same heals. */
export const LinkBody = Type.Object({ fault: LinkFaultSchema }, { additionalProperties: false });

export const ErrorSchema = Type.Object({
  error: Type.Object({
    code: Type.String(),
    params: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
    message: Type.String(),
  }),
});

/** `GET …/events?after=n&limit=m`: kept events in their order, and the state before the first of them where asked for. */
export const EventsQuery = Type.Object({
  after: Type.Integer({ minimum: 0 }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 })),
  /** With `true`, `state` is the cluster at `after`. */
  state: Type.Optional(Type.Boolean()),
});

/** An answer whose body another module describes: events, states and cluster infos. */
export function typed<T>(description: string) {
  return Type.Unsafe<T>({ description });
}
