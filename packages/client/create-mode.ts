import { OpCode } from '@vivarium/wire/op-code';

/**
 * The kinds of znodes (Java `CreateMode`). A container goes once its last child is gone; one with a time to live (TTL) once
 * it has no children and was not changed for that long. Sequential ones get a number at the end of their name.
 */
export type CreateMode =
  | 'persistent'
  | 'persistentSequential'
  | 'ephemeral'
  | 'ephemeralSequential'
  | 'container'
  | 'persistentTtl'
  | 'persistentSequentialTtl';

/** The modes that may stand in a multi. */
export type MultiCreateMode = Exclude<CreateMode, 'container' | 'persistentTtl' | 'persistentSequentialTtl'>;

/** The flags of a create request. */
export const CREATE_FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentTtl: 5,
  persistentSequentialTtl: 6,
};

/** That a znode is a container or has a TTL comes from the type of the request, not from its flags. */
export function createType(
  mode: CreateMode,
): typeof OpCode.create2 | typeof OpCode.createContainer | typeof OpCode.createTTL {
  switch (mode) {
    case 'container':
      return OpCode.createContainer;
    case 'persistentTtl':
    case 'persistentSequentialTtl':
      return OpCode.createTTL;
    default:
      return OpCode.create2;
  }
}

export function isSequential(mode: CreateMode): boolean {
  return mode === 'persistentSequential' || mode === 'ephemeralSequential' || mode === 'persistentSequentialTtl';
}
