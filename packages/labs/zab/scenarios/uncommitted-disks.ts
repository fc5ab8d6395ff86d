import { type GivenTxn, type ZabDisk, zabDisk } from '../disk.ts';

const SHARED: readonly GivenTxn[] = [
  [1, 1, '/a'],
  [1, 2, '/b'],
  [1, 3, '/c'],
];

/** The last leader, S1, has logged (1, 4), and nobody else has. */
export function uncommittedDisks(): Readonly<Record<string, ZabDisk>> {
  const disk = (log: readonly GivenTxn[]): ZabDisk => zabDisk({ acceptedEpoch: 1, currentEpoch: 1, log });
  return { S1: disk([...SHARED, [1, 4, '/d']]), S2: disk(SHARED), S3: disk(SHARED) };
}
