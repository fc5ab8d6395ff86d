import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { expect, test } from 'vitest';
import { server } from '../features/cluster/inspector/texts-for-tests.ts';
import type { Message } from '../live/messages.ts';
import { markAt, middleOf } from './space-time-hit.ts';
import { layoutSpaceTime, type Mark, type SpaceTimeInput } from './space-time-layout.ts';
import { commitLabels, pathGroups } from './space-time-paths.ts';
import { clampWindow, ticksOf, timeScale, windowAround, windowMsFor, zoomWindow } from './space-time-scale.ts';

test('the scale maps instants to pixels and back', () => {
  const scale = timeScale({ fromMs: 100, toMs: 110 }, 100, 600);
  expect(scale.x(105)).toBe(350);
  expect(scale.at(scale.x(107.25))).toBeCloseTo(107.25);
  expect(scale.x(90)).toBeLessThan(100);
});

test('ticks stand at round wall-clock times, with the digits that tell them apart', () => {
  const wallOffsetMs = 58_000 - 3.3;
  const ticks = ticksOf({ fromMs: 250, toMs: 259 }, 9, wallOffsetMs);
  expect(ticks.map(({ label }) => label).slice(0, 3)).toEqual(['58.247', '58.248', '58.249']);
  expect(ticks[0]?.atMs).toBeCloseTo(250.3);
  expect(ticksOf({ fromMs: 0, toMs: 0.9 }, 9, 0)[1]?.label).toBe('0.0001');
  expect(ticksOf({ fromMs: 0, toMs: 10_000 }, 10, 0)[3]?.label).toMatch(/^\d\d:\d\d:03$/);
  expect(ticksOf({ fromMs: 0, toMs: 100 }, 5, 0).length).toBeLessThanOrEqual(6);
});

test('the window is as wide as ten seconds of looking, and the head stands in it', () => {
  expect(windowMsFor(1)).toBe(10_000);
  expect(windowMsFor(0.001)).toBe(10);
  const past = windowAround(1_000, 100, false);
  expect(past.toMs - past.fromMs).toBeCloseTo(100);
  expect(past.toMs).toBeGreaterThan(1_000);
  expect(windowAround(1_000, 100, true).toMs).toBeLessThan(past.toMs);
});

test('zooming keeps the instant under the pointer, within limits', () => {
  const zoomed = zoomWindow({ fromMs: 0, toMs: 100 }, 0.5, 80);
  expect(zoomed).toEqual({ fromMs: 40, toMs: 90 });
  expect(zoomWindow({ fromMs: 0, toMs: 1 }, 1e-9, 0.5).toMs).toBeGreaterThan(0.5);
  expect(clampWindow(1e12)).toBeLessThan(1e12);
});

let n = 0;
const event = (sid: number, atMs: number, body: ClusterEventBody): FeedEvent => {
  n++;
  return { n, sid, sequence: n, atMs, wallMs: atMs, body };
};
const message = (change: Partial<Message>): Message => ({
  n: ++n,
  from: 3,
  to: 1,
  packet: 'PROPOSAL',
  zxid: '0x700000e10',
  vote: null,
  sentAtMs: 100,
  receivedAtMs: 102,
  lostAtMs: null,
  ...change,
});
const zxid = '0x700000e10';
const write = { zxid, operation: 'setData', path: '/a', session: '0x1', cxid: 1, bytes: 96 };
const input: SpaceTimeInput = {
  fromMs: 90,
  toMs: 110,
  headMs: 108,
  selected: zxid,
  width: 1000,
  height: 200,
  servers: [server(1), server(2), server(3)],
  messages: [
    message({}),
    message({ packet: 'ACK', from: 1, to: 3, sentAtMs: 103, receivedAtMs: 104 }),
    message({ packet: 'COMMIT', to: 2, sentAtMs: 107, receivedAtMs: 109, zxid: '0x700000e0f' }),
    message({ to: 2, sentAtMs: 105, receivedAtMs: null, lostAtMs: 106 }),
    message({ to: 2, sentAtMs: 109, receivedAtMs: 109.5 }),
    message({ to: 9 }),
    message({ sentAtMs: 60, receivedAtMs: 61 }),
  ],
  events: [
    event(3, 100, { kind: 'proposed', ...write }),
    event(3, 101, { kind: 'logged', zxid }),
    event(3, 101, { kind: 'acked', zxid, by: 3 }),
    event(1, 102, { kind: 'packetReceived', from: 3, packet: 'PROPOSAL', zxid }),
    event(1, 103, { kind: 'logged', zxid }),
    event(3, 104, { kind: 'acked', zxid, by: 1 }),
    event(3, 104, { kind: 'committed', zxid }),
    event(2, 107, { kind: 'packetReceived', from: 3, packet: 'PROPOSAL', zxid }),
    event(3, 109, { kind: 'committed', zxid: '0x700000e11' }),
  ],
};
const only = <Kind extends Mark['kind']>(marks: readonly Mark[], kind: Kind) =>
  marks.filter((mark): mark is Extract<Mark, { kind: Kind }> => mark.kind === kind);

test('messages run from lane to lane at their true times, as far as the head', () => {
  const { marks, lanes, scale } = layoutSpaceTime(input);
  const lines = only(marks, 'message');
  expect(lines.map(({ fate }) => fate)).toEqual(['arrived', 'arrived', 'lost', 'underWay']);
  const [proposal, , , commit] = lines;
  expect(proposal).toMatchObject({ x1: scale.x(100), x2: scale.x(102), y1: lanes[2]?.y, y2: lanes[0]?.y, hot: true });
  // Half of its time has passed, and so it has come half of the way.
  expect(commit?.y2).toBeCloseTo(((lanes[1]?.y ?? 0) + (lanes[2]?.y ?? 0)) / 2);
  expect(commit?.hot).toBe(false);
});

test('a disk write lasts from the proposal, or its arrival, until it is logged', () => {
  const { marks, scale } = layoutSpaceTime(input);
  expect(only(marks, 'write').map(({ sid, x1, x2, done }) => [sid, x1, x2, done])).toEqual([
    [3, scale.x(100), scale.x(101), true],
    [1, scale.x(102), scale.x(103), true],
    [2, scale.x(107), scale.x(108), false],
  ]);
});

test('commits after the head are not drawn, and the selected transaction is counted', () => {
  const { marks, notes } = layoutSpaceTime({ ...input, width: 2000 });
  expect(only(marks, 'commit').map(({ zxid: of }) => of)).toEqual([zxid]);
  expect(notes.map(({ text }) => text)).toEqual([
    { kind: 'packet', packet: 'PROPOSAL' },
    { kind: 'packet', packet: 'ACK' },
    { kind: 'proposed' },
    { kind: 'acks', have: 1 },
    { kind: 'acks', have: 2 },
  ]);
});

test('a lane is drawn while its server runs', () => {
  const process = (state: 'killed' | 'starting', atMs: number) =>
    event(1, atMs, { kind: 'processChanged', process: state, pid: 1, by: null, exit: null, lastLines: [] });
  const { lanes, scale, marks } = layoutSpaceTime({
    ...input,
    messages: [],
    events: [process('killed', 95), process('killed', 96), process('starting', 105)],
  });
  expect(lanes[0]?.up).toEqual([
    { x1: scale.x(90), x2: scale.x(95) },
    { x1: scale.x(105), x2: scale.x(108) },
  ]);
  expect(lanes[1]?.up).toEqual([{ x1: scale.x(90), x2: scale.x(108) }]);
  expect(only(marks, 'state').map(({ role }) => role)).toEqual(['down']);
});

test('what is sent to a server that does not run is lost', () => {
  const killed = event(1, 95, {
    kind: 'processChanged',
    process: 'killed',
    pid: 1,
    by: null,
    exit: null,
    lastLines: [],
  });
  const down = server(1, { process: { state: 'killed', pid: null, by: null, exit: null, lastLines: [], sinceMs: 95 } });
  const messages = [message({ sentAtMs: 94, receivedAtMs: null }), message({ sentAtMs: 96, receivedAtMs: null })];
  const { marks } = layoutSpaceTime({ ...input, servers: [down, server(3)], messages, events: [killed] });
  expect(only(marks, 'message').map(({ fate }) => fate)).toEqual(['underWay', 'lost']);
});

test('marks that lie on top of one another are drawn once, but for the selected transaction', () => {
  const many = Array.from({ length: 3000 }, (_, i) =>
    message({ sentAtMs: 95 + i * 0.001, receivedAtMs: 95.5 + i * 0.001, zxid: i % 1000 === 0 ? zxid : '0x1' }),
  );
  const { marks } = layoutSpaceTime({ ...input, messages: many, events: [] });
  const lines = only(marks, 'message');
  expect(lines.length).toBeLessThan(200);
  expect(lines.filter(({ hot }) => hot)).toHaveLength(3);
});

test('the mark under the pointer is the nearest one, and none where nothing is near', () => {
  const { marks } = layoutSpaceTime(input);
  for (const mark of marks) {
    const { x, y } = middleOf(mark);
    expect(markAt(marks, x, y)).not.toBeNull();
  }
  expect(markAt(marks, 1, 1)).toBeNull();
});

test('marks of one look are one path, the selected ones last', () => {
  const { marks } = layoutSpaceTime(input);
  const groups = pathGroups(marks);
  expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
  expect(groups.findIndex(({ key }) => key.startsWith('hot'))).toBeGreaterThan(
    groups.findIndex(({ key }) => key === 'commit-leader-line'),
  );
  for (const { d } of groups) expect(d).toMatch(/^M/);
  for (const { d } of groups) expect(d).not.toMatch(/NaN|Infinity|undefined/);
});

test('labels of commits do not touch one another', () => {
  const events = Array.from({ length: 40 }, (_, i) =>
    event(3, 95 + i * 0.05, { kind: 'committed', zxid: `0x7000000${(16 + i).toString(16)}` }),
  );
  const labels = commitLabels(layoutSpaceTime({ ...input, selected: null, events }).marks);
  expect(labels.length).toBeLessThan(40);
  for (const [i, { x }] of labels.entries()) expect(x - (labels[i - 1]?.x ?? -100)).toBeGreaterThanOrEqual(16);
  expect(labels[0]?.text).toBe('10');
});
