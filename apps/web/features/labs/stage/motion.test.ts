import type { FlightPicture, Picture, StepRecord } from '@vivarium/labs/history';
import type { Happening } from '@vivarium/simulation/stepped/journal';
import { expect, test } from 'vitest';
import { queued, shareAt, travels } from './motion.ts';

function flight(id: number, sentN: number, channel: string | null = null): FlightPicture {
  return {
    id,
    from: 'A',
    to: 'B',
    type: 'M',
    label: `M${id}`,
    channel,
    dueMs: 10,
    copyOf: null,
    tampered: false,
    sentN,
    held: false,
    facts: [],
  };
}

function picture(n: number, flights: readonly FlightPicture[]): Picture {
  const inFlight = Object.fromEntries(flights.map((one) => [one.id, one]));
  return { n, atMs: n, nodes: {}, inFlight, cuts: [], verdicts: [], annotations: [] };
}

function record(n: number, happening: Happening, message: FlightPicture | null): StepRecord {
  return {
    entry: {
      n,
      atMs: n,
      happening,
      by: 'world',
      cause: null,
      sent: [],
      timersSet: [],
      timersCleared: [],
      writes: [],
      told: [],
    },
    message,
    sentence: { en: '', zh: '' },
    narration: null,
    mark: null,
    nodes: {},
    facts: {},
    moved: [],
    cuts: null,
    verdicts: [],
    annotations: null,
    goals: [],
    hash: '',
  };
}

const apart = () => 0.1;

test('a message goes on its way at every step and is there when its entry comes', () => {
  const shares = [3, 4, 5, 6, 6.5, 7].map((u) => shareAt(u, 3, 7));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  // Where nobody knows when it arrives, it never does.
  expect(shareAt(1000, 3, null)).toBeLessThan(1);
});

test('what the next entry delivers moves to its receiver, what it loses fades where it is', () => {
  const one = flight(1, 1);
  const next = record(3, { kind: 'deliver', message: 1, node: 'B' }, one);
  const [at] = travels(2.999, picture(2, [one]), null, next);
  expect(at?.share).toBeGreaterThan(0.99);
  const [lost] = travels(2.5, picture(2, [one]), null, record(3, { kind: 'lose', message: 1, why: 'dropped' }, one));
  expect(lost?.share).toBe(shareAt(2, 1, null));
  expect(lost?.gone).toBe(0.5);
});

test('the step that delivered or lost a message still shows it, the steps behind it do not', () => {
  const one = flight(1, 1);
  const came = record(3, { kind: 'deliver', message: 1, node: 'B' }, one);
  expect(travels(3, picture(3, []), came, null).map(({ state }) => state)).toEqual(['came']);
  expect(travels(3.2, picture(3, []), came, null)).toEqual([]);
  const lost = record(3, { kind: 'lose', message: 1, why: 'cut' }, one);
  expect(travels(3, picture(3, []), lost, null).map(({ state }) => state)).toEqual(['lost']);
});

test('in a connection the older message is ahead, however many wait', () => {
  const flights = Array.from({ length: 6 }, (_, i) => flight(i + 1, 4, 'c'));
  const shares = queued(travels(4, picture(4, flights), null, null), apart).map(({ share }) => share);
  for (const [i, share] of shares.entries())
    if (i > 0) expect(share).toBeLessThanOrEqual((shares[i - 1] ?? 0) - 0.0999);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
});

test('datagrams may overtake: the one that is further is drawn further', () => {
  const [old, young] = [flight(1, 5), flight(2, 2)];
  const shares = queued(travels(6, picture(6, [old, young]), null, null), apart);
  expect(shares.find(({ flight: { id } }) => id === 2)?.share).toBeGreaterThan(
    shares.find(({ flight: { id } }) => id === 1)?.share ?? 1,
  );
});
