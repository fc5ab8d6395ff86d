import { randomInt } from 'node:crypto';

const LOWEST = 2 ** 52;

/**
 * The sid of somebody who talks to servers and is none. Above all others, since of two the one with the larger sid dials
 * (Java `QuorumCnxManager`), so that no server ever wants to dial us back; at random, since a server drops the connection of
 * a sid when the same one comes again; below Long.MAX, which Apache takes for an observer without a sid and counts in a way of
 * its own; and a number that is exact. Whoever has one keeps it: Apache remembers each that it has ever seen.
 */
export function strangerSid(): number {
  return LOWEST + randomInt(2 ** 32) * 2 ** 20 + randomInt(2 ** 20);
}
