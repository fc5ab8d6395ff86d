/** Who an ACL entry is for, or who a connection is: a scheme (`world`, `digest`, `ip`…) and an id in that scheme. */
export interface Id {
  readonly scheme: string;
  readonly id: string;
}

/** One entry of an access control list: permission bits for one id. */
export interface Acl {
  readonly perms: number;
  readonly id: Id;
}

/** Permission bits (Java `ZooDefs.Perms`). */
export const Perms = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

/** The list that leaves a znode open to everybody: `world:anyone` with all permissions. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: Perms.ALL, id: Object.freeze({ scheme: 'world', id: 'anyone' }) }),
]);
