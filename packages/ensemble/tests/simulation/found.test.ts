import { expect, it } from 'vitest';
import { runSeed } from '../../simulated/run-seed.ts';

/**
 * Seeds that once found a fault, with what it was: they stay, whatever other seeds are run. A seed draws other things once
 * there are more to draw, so the older of them are no longer the runs that they were; what they found is also held by the
 * tests of the parts that were at fault.
 */
const FOUND: readonly (readonly [seed: number, fault: string])[] = [
  [502, 'a voter that had accepted a newer epoch could never join the running one'],
  [5105, 'a standalone log whose first batch was torn could not be recovered'],
  [5338, 'the simulator let a dial both succeed and time out, and messages went nowhere'],
  [5651, 'the simulator let a dial both succeed and time out, and messages went nowhere'],
  [51533, 'a standalone server showed what it had read from a log before that was durable'],
  [41876, 'the simulator let a message overtake another by a rounding error'],
  [20231, 'the header of a log whose first sync had failed was not written again'],
  [3311, 'the simulator damaged the disks of two servers at once, and neither could be given an empty one'],
  [2416, 'a log was cut back while a configuration that the election had taught was being written'],
  [2422, 'who knew a proposed configuration judged candidates by it, and nobody was ever elected'],
  [830, 'a proposed voter without a candidate had a round of its own, to which nobody came'],
  [1466, 'those who had left the ensemble told nobody who belongs to it now'],
  [91, 'who was to become a voter came as an observer, and the reconfiguration never ended'],
  [501187, 'of a torn batch only records without a mark were whole, and the log was taken for damaged'],
  [600654, 'errors had no mark, and a torn batch of which only they were left was taken for damaged'],
  [702907, 'the simulator wiped a second disk although another one was damaged, and two of three had forgotten'],
  [20259, 'a server that had just been taken out was not believed which clients it had heard'],
  [4825, 'who was only proposed as a voter was ahead of the leader, which refused it and had no quorum without it'],
  [500023, 'a log damaged in its first record was dropped as never acknowledged, though a later epoch followed it'],
];

it.each(FOUND)('seed %i: %s', (seed) => {
  expect(runSeed(seed).violations).toEqual([]);
});
