import { defineScenario } from '../../define-scenario.ts';
import { delivers } from '../../moments.ts';
import { howManyAreSure, lastOf, sendsOfLast, sureOptions, whoAttacks } from '../two-lessons.ts';
import {
  acksSetting,
  generals,
  isLast,
  lastSender,
  letterLabel,
  twoGeneralsProtocol,
  twoNodes,
} from '../two-protocol.ts';

/** Nothing is lost, both attack, and one of them could not know it. */
export const twoLucky = defineScenario(twoGeneralsProtocol, {
  id: 'generals-lucky',
  title: { en: 'Nothing is lost', zh: '一封也没丢' },
  purpose: {
    en: 'All messengers arrive. Look at what each of the two knows, and what each knows of the other’s knowledge, when dawn comes: an agreement that came about is not the same as one that both could count on.',
    zh: '所有信使都到了。看看拂晓时两人各自知道什么，又知道对方知道什么：事后达成了一致，不等于事前双方都有把握。',
  },
  kind: 'lesson',
  settings: [acksSetting],
  nodes: twoNodes,
  begin: [{ do: 'command', node: 'G1', command: 'attack' }],
  rules: [],
  narration: [
    {
      when: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.sent.length > 0,
      text: {
        en: 'G1 decides to attack at dawn and sends a messenger through the valley.',
        zh: 'G1 决定拂晓进攻，派信使穿过山谷。',
      },
    },
    {
      when: (moment) => delivers(moment, 'Attack'),
      text: {
        en: 'G2 knows of the attack and acknowledges. Watch what each of them knows about what the other knows.',
        zh: 'G2 知道了进攻计划并发回确认。注意看两人各自知道对方知道什么。',
      },
    },
    {
      when: (moment) => sendsOfLast(moment) === 1,
      text: (moment) => ({
        en: `${lastSender(moment)?.name} sends ${letterLabel(lastOf(moment))}, the last letter of the plan. No answer is foreseen.`,
        zh: `${lastSender(moment)?.name} 发出计划中的最后一封信 ${letterLabel(lastOf(moment))}。不会再有回信。`,
      }),
      mark: { en: 'last letter', zh: '最后一封' },
    },
    {
      when: (moment) => delivers(moment) && isLast(moment),
      text: (moment) => ({
        en: `It arrives, and ${moment.flight?.to} is sure now: the sender had all he wanted before he wrote it. The sender himself sees nothing of that; he says it again, in case it was lost.`,
        zh: `信到了，${moment.flight?.to} 现在有把握了：对方写这封信之前条件已全部满足。发信人却什么也看不到，只好重发，以防丢失。`,
      }),
      mark: { en: 'one is sure', zh: '一人有把握' },
    },
    {
      when: (moment) => whoAttacks(moment) === 'both',
      text: {
        en: 'Both attack, and win. One of them was sure, the other was lucky. Give him one more acknowledgement, and it is the other who hopes.',
        zh: '两人同时进攻，赢了。一人有把握，另一人靠运气。再给他加一次确认，靠运气的就换成另一人。',
      },
      mark: { en: 'both attack', zh: '同时进攻' },
    },
  ],
  predictions: [
    {
      id: 'who-attacks',
      before: (moment) => delivers(moment) && isLast(moment),
      question: {
        en: 'The last letter is about to arrive; nothing has been lost. Who attacks at dawn?',
        zh: '最后一封信即将到达，此前一封没丢。拂晓时谁会进攻？',
      },
      options: [
        { id: 'both', text: { en: 'Both', zh: '两人都进攻' } },
        { id: 'sender', text: { en: 'Only its sender', zh: '只有发信人' } },
        { id: 'receiver', text: { en: 'Only its receiver', zh: '只有收信人' } },
        { id: 'neither', text: { en: 'Neither: nobody can be sure', zh: '都不进攻：谁也没有把握' } },
      ],
      settle: whoAttacks,
      otherwise: 'neither',
      because: {
        en: 'Both have the letters that the plan asks for. The plan asks for no certainty; it could not.',
        zh: '两人都收到了计划要求的信。计划并不要求“确知”，也无法这样要求。',
      },
    },
    {
      id: 'who-is-sure',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.timer === 'dawn',
      question: {
        en: 'Dawn. How many of the two know for sure that the other attacks?',
        zh: '拂晓到了。两人之中有几个确知对方会进攻？',
      },
      options: sureOptions,
      settle: howManyAreSure,
      otherwise: '0',
      because: {
        en: 'The receiver of the last letter is sure. Its sender is not: for him, arrived and lost look the same. For both to be sure each letter would have to be followed by another one.',
        zh: '最后一封信的收信人有把握，发信人没有：在他看来，送达和丢失毫无分别。要让两人都有把握，每封信之后都得再有一封。',
      },
    },
  ],
  goals: [],
  ends: (moment) => generals(moment).every(({ decision }) => decision !== null),
  outcome: () => [
    { text: { en: 'Both attack.', zh: '两人都进攻。' }, holds: (last) => whoAttacks(last) === 'both' },
    {
      text: { en: 'Exactly one of them was sure of it.', zh: '其中恰有一人有把握。' },
      holds: (last) => howManyAreSure(last) === '1',
    },
  ],
  breaks: () => ['certain'],
});
