import type { VoteStep } from '@vivarium/shared/cluster-state';
import { expect, test } from 'vitest';
import type { Sentence } from '../inspector/election-facts.ts';
import { election, textsOf, vote } from '../inspector/texts-for-tests.ts';
import { electorsOf, stepSentence, voteBefore, whySentence } from './election-rows.ts';

const en = textsOf('en');
const zh = textsOf('zh');
const say = (sentence: Sentence | null) => {
  if (sentence === null) return null;
  expect(zh(sentence.key, sentence.params)).toMatch(/\p{Script=Han}/u);
  return en(sentence.key, sentence.params);
};

const one = vote(7, '0x700004e1a', 1);
const three = vote(7, '0x700004e1b', 3);
const base: VoteStep = {
  atMs: 1,
  voter: 1,
  step: 'starts',
  from: null,
  vote: one,
  heard: null,
  because: null,
  tally: [1],
};
const steps: readonly VoteStep[] = [
  base,
  { ...base, atMs: 2, voter: 3, vote: three },
  { ...base, atMs: 3, step: 'hears', from: 3, vote: three, heard: three, because: 'zxid' },
  { ...base, atMs: 4, voter: 3, step: 'keeps', from: 1, vote: three, heard: one, because: 'zxid' },
  { ...base, atMs: 5, voter: 3, step: 'keeps', from: 1, vote: three, heard: three, because: 'equal' },
];

const ofAll = election([1, 2, 3], {});

test('each step says what happened and which comparison decided', () => {
  const rows = steps.map((step, i) => [say(stepSentence(step, ofAll)), say(whySentence(step, voteBefore(steps, i)))]);
  expect(rows).toEqual([
    ['starts with itself', null],
    ['starts with itself', null],
    ['hears 3', 'zxid 7·4e1b is larger than 7·4e1a'],
    ['hears 1, keeps its vote', 'zxid 7·4e1b is larger than 7·4e1a'],
    ['hears 1, which agrees', 'the same vote'],
  ]);
  for (const because of ['epoch', 'sid'] as const) {
    say(whySentence({ ...base, step: 'hears', from: 3, heard: three, because }, one));
  }
  for (const step of ['answered', 'decides'] as const) say(stepSentence({ ...base, step, from: 2 }, ofAll));
  expect(say(whySentence({ ...base, step: 'answered', from: 2, heard: three }, one))).toBe(
    'it has a leader already: 3',
  );
  expect(say(stepSentence({ ...base, vote: three }, ofAll))).toBe('starts with 3');
  expect(say(stepSentence({ ...base, step: 'hears' }, ofAll))).toBe('starts with itself');
});

test('a server that comes back joins the leader that it finds, whatever it voted', () => {
  const decides: VoteStep = { ...base, step: 'decides' };
  const back = election([1, 2, 3], { leader: 3, cause: { kind: 'rejoined', sid: 1 } });
  expect(say(stepSentence(decides, back))).toBe('joins server 3');
  expect(say(stepSentence(decides, { ...back, leader: 1 }))).toBe('decides');
});

test('those who voted for the leader elected it', () => {
  const over = election([1, 2, 3], { leader: 3, votes: { 1: three, 2: one, 3: three } });
  expect(electorsOf(over)).toEqual([1, 3]);
});
