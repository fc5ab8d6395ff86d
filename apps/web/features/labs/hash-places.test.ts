import { expect, test } from 'vitest';
import { hashOf, routeOfHash } from './hash-places.ts';

test.each([
  { scenario: null, link: null, goals: false },
  { scenario: 'paxos-two-proposers', link: null, goals: false },
  { scenario: 'paxos-two-proposers', link: '1.paxos-two-proposers.1...a*b-c.63762b.grfdv3', goals: true },
])('a route stands behind the # and comes back: %o', (route) => {
  expect(routeOfHash(hashOf(route))).toEqual(route);
});

test('what is no route is the list of lessons, or a lesson that is not there', () => {
  expect(routeOfHash('')).toEqual({ scenario: null, link: null, goals: false });
  expect(routeOfHash('#')).toEqual({ scenario: null, link: null, goals: false });
  expect(routeOfHash('#/%E0%A4%A')).toEqual({ scenario: '%E0%A4%A', link: null, goals: false });
});
