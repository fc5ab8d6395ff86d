import { describe, expect, test } from 'vitest';
import { placeLabels } from './label-place.ts';
import { fitText, textWidth } from './metrics.ts';
import { overlap, type Rect } from './place.ts';
import { layOut, waysOf } from './stage-layout.ts';
import { pointOn, reversed } from './way.ts';

const node = (id: string, x: number, y: number) => ({ id, role: 'r', at: { x, y } });

const paxos = [
  node('P1', 0.14, 0.27),
  node('P2', 0.14, 0.72),
  node('A1', 0.82, 0.18),
  node('A2', 0.82, 0.5),
  node('A3', 0.82, 0.82),
];
const ring = [
  node('S1', 0.5, 0.16),
  node('S2', 0.86, 0.4),
  node('S3', 0.72, 0.84),
  node('S4', 0.28, 0.84),
  node('S5', 0.14, 0.4),
];
const eleven = [
  ...[1, 2, 3, 4, 5].map((i) => node(`R${i}`, 0.5, i / 6)),
  ...[1, 2, 3].map((i) => node(`C${i}`, 0.1, i / 4)),
  ...[1, 2, 3].map((i) => node(`E${i}`, 0.9, i / 4)),
];

const stages = [
  ['two', [node('C', 0.2, 0.5), node('P1', 0.8, 0.5)]],
  ['paxos', paxos],
  ['a ring of five', ring],
  ['eleven', eleven],
] as const;

describe('cards never touch, and stay on the stage', () => {
  for (const [name, nodes] of stages) {
    for (const width of [340, 390, 640, 820, 944, 1600]) {
      for (const cardHeight of [60, 116, 190]) {
        test(`${name}, ${width} px wide, cards ${cardHeight} px high`, () => {
          const layout = layOut(nodes, { width, height: 316 }, () => cardHeight, true);
          expect(layout.cards.size).toBe(nodes.length);
          const cards = [...layout.cards.values()];
          for (const [i, card] of cards.entries()) {
            expect(card.x).toBeGreaterThanOrEqual(0);
            expect(card.y).toBeGreaterThanOrEqual(0);
            expect(card.x + card.width).toBeLessThanOrEqual(layout.size.width);
            expect(card.y + card.height).toBeLessThanOrEqual(layout.size.height);
            for (const other of cards.slice(i + 1)) expect(overlap(card, other)).toBe(false);
          }
        });
      }
    }
  }
});

test('a way between two cards goes around the one that is in between', () => {
  const layout = layOut(paxos, { width: 944, height: 400 }, () => 92, false);
  const way = waysOf(layout)('A1', 'A3');
  const between = layout.cards.get('A2');
  if (way === null || between === undefined) throw new Error('no way');
  for (let i = 0; i <= 20; i++) {
    const point: Rect = { ...pointOn(way, i / 20), width: 0, height: 0 };
    expect(overlap(point, between)).toBe(false);
  }
});

test('a way back is the same way', () => {
  const way = waysOf(layOut(paxos, { width: 944, height: 400 }, () => 92, false))('P1', 'A2');
  if (way === null) throw new Error('no way');
  const back = pointOn(reversed(way), 0.25);
  expect(back.x).toBeCloseTo(pointOn(way, 0.75).x, 6);
  expect(back.y).toBeCloseTo(pointOn(way, 0.75).y, 6);
});

test('labels of messages that are close together do not lie upon one another', () => {
  const items = [0, 1, 2, 3].map((i) => ({
    id: i,
    x: 300 + i * 9,
    y: 150 + i * 6,
    widths: [96],
    height: 14,
    tail: { x: 280, y: 150 },
  }));
  const places = placeLabels(items, [], { width: 900, height: 316 });
  const labels = items.flatMap((item) => {
    const at = places.get(item.id);
    return at ? [{ x: item.x + at.dx - 48, y: item.y + at.dy - 7, width: 96, height: 14 }] : [];
  });
  expect(labels).toHaveLength(4);
  for (const [i, label] of labels.entries())
    for (const other of labels.slice(i + 1)) expect(overlap(label, other)).toBe(false);
});

test('between two cards a label takes the text that has room there', () => {
  const cards = [
    { x: 20, y: 20, width: 180, height: 200 },
    { x: 310, y: 20, width: 180, height: 200 },
  ];
  const item = { id: 1, x: 255, y: 120, widths: [180, 90], height: 14, tail: { x: 235, y: 120 } };
  const at = placeLabels([item], cards, { width: 600, height: 240 }).get(1);
  expect(at?.text).toBe(1);
  const label = { x: item.x + (at?.dx ?? 0) - 45, y: item.y + (at?.dy ?? 0) - 7, width: 90, height: 14 };
  for (const card of cards) expect(overlap(label, card)).toBe(false);
});

test('a label that would only cover others is left out, and none leaves the stage', () => {
  const items = Array.from({ length: 40 }, (_, i) => ({
    id: i,
    x: 60,
    y: 60,
    widths: [90],
    height: 14,
    tail: { x: 50, y: 60 },
  }));
  const places = placeLabels(items, [], { width: 180, height: 120 });
  const shown = [...places.values()].filter((at) => at !== null);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThan(12);
});

test('a text is cut where it does not fit', () => {
  expect(fitText('Promise(2, ∅)', 200, 12, 'mono')).toBe('Promise(2, ∅)');
  const cut = fitText('Promise(2, (1, X))', 70, 12, 'mono');
  expect(cut.endsWith('…')).toBe(true);
  expect(textWidth(cut, 12, 'mono')).toBeLessThanOrEqual(70);
  expect(textWidth('提议者', 12)).toBe(36);
});
