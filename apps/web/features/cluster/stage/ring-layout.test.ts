import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, markLayout, middlePlace, near, ringLayout } from './ring-layout.ts';

const sidsOf = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const inside = (box: Box, width: number, height: number) =>
  box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;

describe('the ring of servers', () => {
  it('overlaps no two cards, keeps all inside and shows more than marks, from 900 by 400 pixels on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 900, max: 2600 }),
        fc.integer({ min: 400, max: 1400 }),
        (count, width, height) => {
          const { cards, variant } = ringLayout(sidsOf(count), width, height);
          const boxes = [...cards.values()];
          expect(variant).not.toBe('mark');
          expect(boxes).toHaveLength(count);
          for (const box of boxes) expect(inside(box, width, height)).toBe(true);
          for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(near(a, b, 8)).toBe(false);
        },
      ),
    );
  });

  it('shows five servers whole on the stage of a 1440 by 900 screen', () => {
    expect(ringLayout(sidsOf(5), 944, 430).variant).toBe('full');
    expect(ringLayout(sidsOf(3), 944, 430).variant).toBe('full');
  });

  it('falls back to smaller cards where there is less room, to marks at last', () => {
    expect(ringLayout(sidsOf(6), 944, 430).variant).toBe('compact');
    expect(ringLayout(sidsOf(9), 944, 430).variant).toBe('small');
    expect(ringLayout(sidsOf(5), 390, 250).variant).toBe('mark');
  });

  it('gives a server the same place whatever the order in which the sids come', () => {
    expect(ringLayout([3, 1, 2], 944, 430)).toEqual(ringLayout([1, 2, 3], 944, 430));
  });

  it('keeps role marks apart on a phone', () => {
    for (const count of sidsOf(9)) {
      const boxes = [...markLayout(sidsOf(count), 360, 250).cards.values()];
      for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(near(a, b)).toBe(false);
    }
  });
});

describe('the plate in the middle', () => {
  it('covers no card', () => {
    for (const count of [3, 4, 5]) {
      const layout = ringLayout(sidsOf(count), 944, 430);
      const place = middlePlace(layout, 232, 132);
      expect(place).not.toBeNull();
      const plate = { x: place?.x ?? 0, y: place?.y ?? 0, width: 232, height: 132 };
      for (const card of layout.cards.values()) expect(near(plate, card)).toBe(false);
    }
  });

  it('is not there where it would cover one', () => {
    expect(middlePlace(ringLayout([1, 2, 3, 4, 5], 944, 430), 500, 300)).toBeNull();
  });
});
