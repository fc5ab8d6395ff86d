/** Free play with five acceptors. */
import { defineScenario } from '../../define-scenario.ts';
import { freeRules, freeSettings, tenRounds, twoValues, withTwoDown } from '../free-play.ts';
import { paxos } from '../protocol.ts';
import { stage } from '../script.ts';

export const freeFive = defineScenario(paxos(freeRules), {
  id: 'paxos-free-five',
  title: { en: 'Free play: five acceptors', zh: '自己动手：五个接受者' },
  purpose: {
    en: 'Three proposers and five acceptors: room for three values, for splits, and for disks that forget. The numbers of P1 are 1, 4, 7, those of P2 are 2, 5, 8, those of P3 are 3, 6, 9.',
    zh: '三个提议者、五个接受者：可以有三个值，可以分区，也可以让磁盘失忆。P1 的编号是 1、4、7，P2 是 2、5、8，P3 是 3、6、9。',
  },
  kind: 'free',
  settings: freeSettings,
  nodes: stage(3, 5, 0),
  begin: [],
  rules: [],
  narration: [],
  predictions: [],
  goals: [withTwoDown, tenRounds, twoValues],
  outcome: () => [],
  breaks: () => [],
});
