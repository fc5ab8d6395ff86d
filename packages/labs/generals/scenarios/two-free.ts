import { defineScenario } from '../../define-scenario.ts';
import { howManyAreSure, whoAttacks } from '../two-lessons.ts';
import { acksSetting, disagree, generals, twoGeneralsProtocol, twoNodes } from '../two-protocol.ts';

/** Two generals to play with: be the enemy in the valley. */
export const twoFree = defineScenario(twoGeneralsProtocol, {
  id: 'generals-two-free',
  title: { en: 'Free play: the valley', zh: '自己动手：山谷' },
  purpose: {
    en: 'You are the enemy in the valley. Have G1 decide for an attack, then catch messengers as you please. Losing messages is all that you can do, and it is enough.',
    zh: '你就是山谷里的敌人。先让 G1 决定进攻，再随意截住信使。你能做的只有让信丢失，而这已经足够。',
  },
  kind: 'free',
  settings: [acksSetting],
  nodes: twoNodes,
  begin: [],
  rules: [],
  narration: [],
  predictions: [],
  goals: [
    { id: 'alone', text: { en: 'Make one of them attack alone', zh: '让其中一人孤军进攻' }, reached: disagree },
    {
      id: 'quiet',
      text: { en: 'Have G1 want the attack, and keep both in their camps', zh: '让 G1 想进攻，而两人最终都按兵不动' },
      reached: (moment) =>
        whoAttacks(moment) === 'neither' && generals(moment).some(({ name, sent }) => name === 'G1' && sent > 0),
    },
    {
      id: 'both-sure',
      text: {
        en: 'Have both attack, each sure of the other (it cannot be done: try with more acknowledgements)',
        zh: '让两人都进攻，且都确知对方会进攻（办不到：把确认次数加多再试试）',
      },
      reached: (moment) => whoAttacks(moment) === 'both' && howManyAreSure(moment) === '2',
    },
  ],
  ends: (moment) => generals(moment).length > 0 && generals(moment).every(({ decision }) => decision !== null),
  outcome: () => [
    {
      text: { en: 'Where nobody decides, nobody attacks.', zh: '没有人下决心，就没有人进攻。' },
      holds: (last) => whoAttacks(last) === 'neither',
    },
  ],
  breaks: () => [],
});
