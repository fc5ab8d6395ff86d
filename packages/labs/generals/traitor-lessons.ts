/** What the lessons with a traitor ask alike. */
import type { Offer } from '../protocol.ts';

/** What may have become of IC1 and IC2: the options that `whatIsKept` settles. */
export const keptOptions: readonly Offer[] = [
  { id: 'kept', text: { en: 'IC1 and IC2 are kept', zh: 'IC1 与 IC2 都成立' } },
  { id: 'ic1', text: { en: 'IC1 is broken: they act differently', zh: 'IC1 被破坏：行动不一致' } },
  { id: 'ic2', text: { en: 'IC2 is broken: a loyal order is not obeyed', zh: 'IC2 被破坏：忠诚司令的命令未被执行' } },
];

/** What a lieutenant may do. */
export const orderOptions: readonly Offer[] = [
  { id: 'attack', text: { en: 'Attack', zh: '进攻' } },
  { id: 'retreat', text: { en: 'Retreat', zh: '撤退' } },
];
