/** What free play offers, whatever the number of acceptors: the rules to choose from, and the goals. */
import type { Goal } from '../scenario.ts';
import type { PaxosMoment } from './chosen.ts';
import { acceptorDisks, chosenValues, proposerAt, settingOf } from './chosen.ts';
import type { PaxosMessage } from './messages.ts';
import type { PaxosDisk, PaxosState, Retry, Rules, Variant } from './parties.ts';
import type { PaxosSpec } from './script.ts';

type PaxosGoal = Goal<PaxosState, PaxosMessage, PaxosDisk>;

const VARIANTS: readonly { readonly id: Variant; readonly en: string; readonly zh: string }[] = [
  { id: 'lamport', en: 'Lamport’s', zh: 'Lamport 的规则' },
  { id: 'accept-keeps-promise', en: 'Accept does not raise the promise', zh: 'Accept 不提高承诺' },
  { id: 'count-by-value', en: 'learners count by value', zh: '学习者按值计票' },
  { id: 'majority-of-living', en: 'a majority of those who answer', zh: '答复者的多数' },
  { id: 'promise-equal', en: 'promise if n ≥ promised, shared numbers', zh: 'n ≥ 已承诺 就承诺，编号共用' },
  { id: 'reject-equal', en: 'accept only if n > promised', zh: 'n > 已承诺 才接受' },
  { id: 'adopt-commonest', en: 'adopt the commonest value', zh: '沿用最常见的值' },
];

const RETRIES: readonly { readonly id: Retry; readonly en: string; readonly zh: string }[] = [
  { id: 'hand', en: 'when told', zh: '听命令' },
  { id: 'eager', en: 'at once', zh: '立刻' },
  { id: 'backoff', en: 'after a random time', zh: '随机等待后' },
  { id: 'distinguished', en: 'only the first one does', zh: '只有第一个' },
];

const offer = ({ id, en, zh }: { readonly id: string; readonly en: string; readonly zh: string }) => ({
  id,
  text: { en, zh },
});

/** By which rules one plays. */
export const freeSettings: PaxosSpec['settings'] = [
  { id: 'rule', text: { en: 'Rules', zh: '规则' }, choices: VARIANTS.map(offer) },
  {
    id: 'retry',
    text: { en: 'A beaten proposer tries again', zh: '失败的提议者何时再试' },
    choices: RETRIES.map(offer),
  },
];

/** The rules that those settings stand for. */
export function freeRules({ rule, retry }: Readonly<Record<string, string>>): Partial<Rules> {
  const variant = VARIANTS.find(({ id }) => id === rule)?.id ?? 'lamport';
  return {
    variant,
    retry: RETRIES.find(({ id }) => id === retry)?.id ?? 'hand',
    silenceMs: variant === 'majority-of-living' ? 60 : null,
    numbers: variant === 'promise-equal' ? 'shared' : 'own',
  };
}

/** How often proposers were beaten. */
function defeats(moment: PaxosMoment): number {
  let sum = 0;
  for (const id of moment.nodes.keys()) sum += proposerAt(moment, id)?.defeats ?? 0;
  return sum;
}

export const tenRounds: PaxosGoal = {
  id: 'ten-rounds',
  text: {
    en: 'Keep Paxos, by Lamport’s rules, from deciding for ten rounds: ten times a proposer is beaten, and nothing is chosen',
    zh: '按 Lamport 的规则，让 Paxos 十轮都作不出决定：提议者失败十次，仍没有选定任何值',
  },
  // By a rule that rejects a proposer's own Accept it would come about without anybody's doing.
  reached: (moment) =>
    settingOf(moment, 'rule') === 'lamport' && defeats(moment) >= 10 && chosenValues(moment).length === 0,
};

export const minority: PaxosGoal = {
  id: 'minority',
  text: { en: 'Get X accepted by one acceptor, and Y chosen', zh: '让一个接受者接受 X，而选定的是 Y' },
  reached: (moment) =>
    chosenValues(moment).join() === 'Y' &&
    acceptorDisks(moment).filter(([, { votes }]) => votes.some(({ value }) => value === 'X')).length === 1,
};

export const twoValues: PaxosGoal = {
  id: 'two-values',
  text: {
    en: 'Make two values chosen: by Lamport’s rules only if an assumption is broken, by a sloppy rule without',
    zh: '让两个值都选定：按 Lamport 的规则，必须打破某个假设；按写错的规则则不用',
  },
  reached: (moment) => chosenValues(moment).length > 1,
};

export const withTwoDown: PaxosGoal = {
  id: 'two-down',
  text: { en: 'Get a value chosen while two acceptors are down', zh: '在两个接受者停机时选定一个值' },
  reached: (moment) =>
    chosenValues(moment).length > 0 &&
    acceptorDisks(moment).filter(([id]) => moment.nodes.get(id)?.status === 'down').length >= 2,
};
