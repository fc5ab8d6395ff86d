import { describe, expect, it } from 'vitest';
import { edgePoint, lane, placeLabels, pointOn, selfVoteArrow, voteArrow } from './geometry.ts';
import { near, ringLayout } from './ring-layout.ts';

const left = { x: 0, y: 100, width: 100, height: 50 };
const right = { x: 400, y: 100, width: 100, height: 50 };

describe('lanes', () => {
  it('lead from edge to edge, the two directions apart and parallel', () => {
    const there = lane(left, right, 20);
    const back = lane(right, left, 20);
    expect(there.from).toEqual({ x: 105, y: 115 });
    expect(there.to).toEqual({ x: 395, y: 115 });
    expect(back.from).toEqual({ x: 395, y: 135 });
    expect(there.length).toBe(290);
  });

  it('have a point for each distance', () => {
    const there = lane(left, right, 0);
    expect(pointOn(there, 10)).toEqual({ x: 115, y: 125 });
    expect(pointOn(there, 10, 5)).toEqual({ x: 115, y: 120 });
  });

  it('begin outside the card whatever the direction', () => {
    for (const towards of [
      { x: 50, y: 900 },
      { x: -700, y: 125 },
      { x: 300, y: -40 },
    ]) {
      const point = edgePoint(left, towards, 5);
      expect(near({ ...point, width: 0, height: 0 }, left, -0.001)).toBe(false);
    }
  });
});

describe('votes', () => {
  it('for one another take two ways', () => {
    const stage = { width: 500, height: 600 };
    expect(voteArrow(left, right, stage).d).not.toBe(voteArrow(right, left, stage, true).d);
    expect(voteArrow(left, right, stage).anchors[0]?.at.y).toBeLessThan(125);
    expect(voteArrow(right, left, stage, true).anchors[0]?.at.y).toBeGreaterThan(125);
  });

  it('bend to the other side where they would leave the stage', () => {
    const [low, lower] = [
      { ...left, y: 340 },
      { ...right, y: 340 },
    ];
    const [anchor] = voteArrow(low, lower, { width: 500, height: 400 }).anchors;
    expect(anchor?.at.y).toBeLessThan(365);
  });

  it('for oneself loop above the card, or where there is room beside it', () => {
    const stage = { width: 944, height: 430 };
    const inside = { x: 700, y: 106, width: 220, height: 122 };
    expect(selfVoteArrow(inside, stage).tip.y).toBeLessThan(106);
    expect(selfVoteArrow({ ...inside, x: 362, y: 14 }, stage).tip.x).toBeGreaterThan(582);
    expect(selfVoteArrow({ ...inside, x: 720, y: 14 }, stage).tip.x).toBeLessThan(720);
    const plate = { x: 600, y: 0, width: 340, height: 104 };
    expect(selfVoteArrow(inside, stage, [plate]).tip.x).toBeLessThan(700);
  });
});

describe('labels', () => {
  it('cover neither a card nor one another where there is room elsewhere', () => {
    const layout = ringLayout([1, 2, 3, 4, 5], 944, 430);
    const cards = [...layout.cards.values()];
    const votes = [
      [0, 2],
      [2, 1],
      [3, 1],
    ] as const;
    const wishes = votes.flatMap(([from, to]) => {
      const [a, b] = [cards[from], cards[to]];
      if (a === undefined || b === undefined) return [];
      return [{ key: `${from}>${to}`, width: 100, anchors: voteArrow(a, b, layout).anchors }];
    });
    const boxes = [...placeLabels(wishes, cards, 944, 430).values()];
    expect(boxes).toHaveLength(3);
    for (const [i, box] of boxes.entries()) {
      for (const other of [...cards, ...boxes.slice(i + 1)]) expect(near(box, other)).toBe(false);
    }
  });

  it('stay inside the stage even where no place is free', () => {
    const anchors = [{ at: { x: -40, y: 4 }, away: { x: 0, y: -1 } }];
    expect(placeLabels([{ key: 'a', width: 80, anchors }], [], 300, 200).get('a')).toEqual({
      x: 2,
      y: 2,
      width: 80,
      height: 16,
    });
  });
});
