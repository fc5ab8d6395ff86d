/** What a viewer may send: everything else is refused. */
import { MAX_OPEN_PATHS } from '@vivarium/shared/contract/socket';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** Tells whether a value is as agreed, and what is not. */
export interface Check<Value> {
  Check(value: unknown): value is Value;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

const ClusterName = Type.String({ minLength: 1, maxLength: 128 });
const EventNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const TopicSchema = Type.Union([Type.Literal('cluster'), Type.Literal('znodes'), Type.Literal('sessions')]);

export const joinRequest = Compile(
  Type.Object(
    {
      cluster: ClusterName,
      topics: Type.Array(TopicSchema, { minItems: 1, maxItems: 3, uniqueItems: true }),
      resume: Type.Optional(
        Type.Object(
          { instance: Type.String({ minLength: 1, maxLength: 128 }), after: EventNumber },
          { additionalProperties: false },
        ),
      ),
    },
    { additionalProperties: false },
  ),
);

export const leaveRequest = Compile(Type.Object({ cluster: ClusterName }, { additionalProperties: false }));

export const creditRequest = Compile(
  Type.Object({ cluster: ClusterName, upTo: EventNumber }, { additionalProperties: false }),
);

export const openRequest = Compile(
  Type.Object(
    {
      cluster: ClusterName,
      paths: Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { maxItems: MAX_OPEN_PATHS }),
    },
    { additionalProperties: false },
  ),
);

export const handshakeAuth = Compile(
  Type.Object({
    viewer: Type.String({ minLength: 8, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }),
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  }),
);
