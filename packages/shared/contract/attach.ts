/** Attaching to a cluster from the page: `POST /api/clusters`, `DELETE /api/clusters/{cluster}`, `PUT …/read-only`. */
import { type Static, Type } from 'typebox';

/** Credentials are none of a browser's business: they are set in the clusters file, by reference. */
export const AttachBody = Type.Object(
  {
    /** `host:port,host:port/chroot`. */
    connect: Type.String({ minLength: 1, maxLength: 4_096 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
    readOnly: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type AttachRequest = Static<typeof AttachBody>;

export const AttachedSchema = Type.Object({ id: Type.String() });

export const ReadOnlyBody = Type.Object({ readOnly: Type.Boolean() }, { additionalProperties: false });
