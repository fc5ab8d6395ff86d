import type { NodePicture, ProtocolInfo } from '@vivarium/labs/history';
import { expect, test } from 'vitest';
import { CARD_STYLES, cardContent } from './card-rows.ts';

const words = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((id) => [id, { en: id, zh: id }]));
const protocol: ProtocolInfo = {
  id: 'zab',
  title: { en: '', zh: '' },
  about: { en: '', zh: '' },
  roles: {},
  words,
  timers: {},
  assumptions: {},
  invariants: [],
};
const node: NodePicture = {
  status: 'up',
  view: {
    mark: 'plain',
    role: 'server',
    state: 'UP',
    mood: 'calm',
    facts: Object.keys(words).map((id) => ({ id, value: { kind: 'term', term: '1' } })),
    log: [],
  },
  timers: [],
  writes: [],
};

test('on a wide card with little room short facts still stand side by side', () => {
  const style = { ...CARD_STYLES.wide, rowsPx: 2 * CARD_STYLES.wide.line };
  const { rows } = cardContent(node, node, style, protocol, ({ en }) => en);
  expect(rows.map(({ key }) => key)).toEqual(['fact a', 'fact b', 'fact c', 'fact d']);
  const [a, b, c, d] = rows;
  expect([a?.x, b?.x, c?.x, d?.x]).toEqual([0, style.width / 2, 0, style.width / 2]);
  expect(b?.y).toBe(a?.y);
  expect(c?.y).toBe((a?.y ?? 0) + style.line);
  expect(d?.y).toBe(c?.y);
});
