/** How the two generals are drawn and judged: who knows what, and whether both attack or neither. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, NodeView } from '../node-view.ts';
import type { Annotation, Invariant, Judgement, NodeSpec, Protocol } from '../protocol.ts';
import type { Setting } from '../scenario.ts';
import type { Text } from '../text.ts';
import {
  type General,
  isSureOfOther,
  isToAttack,
  type Letter,
  lastLetter,
  senderOf,
  twoGenerals,
  wantedBy,
} from './two-program.ts';

/** A moment of the two generals. */
export type TwoMoment = Moment<General, Letter, null>;

/** Where they stand: the city is between them. */
export const twoNodes: readonly NodeSpec[] = [
  { id: 'G1', role: 'general', at: { x: 0.17, y: 0.5 } },
  { id: 'G2', role: 'general', at: { x: 0.83, y: 0.5 } },
];

/** How many acknowledgements they agree to wait for. */
export const acksSetting: Setting = {
  id: 'acks',
  text: { en: 'Acknowledgements wanted', zh: '约定的确认次数' },
  choices: ['1', '2', '3', '4'].map((count) => ({
    id: count,
    text: { en: count === '1' ? '1 acknowledgement' : `${count} acknowledgements`, zh: `${count} 次确认` },
  })),
};

/** A letter as one writes it on a board. */
export function letterLabel(letter: number): string {
  return letter === 1 ? 'Attack' : letter === 2 ? 'Ack' : `Ack${superscript(letter - 1)}`;
}

/** The generals that are up, by name. */
export function generals(moment: TwoMoment): readonly General[] {
  return [...moment.nodes.values()].flatMap(({ state }) => (state === null ? [] : [state]));
}

/** Whether both have decided, and differently. */
export function disagree(moment: TwoMoment): boolean {
  const decisions = generals(moment).map(({ decision }) => decision);
  return decisions.includes('attack') && decisions.includes('stay');
}

/** Who knows that who knows: from the highest letter that came. */
export function knowledge(general: General): Text {
  if (general.heard === 0) {
    return general.sent === 0
      ? { en: `${general.name} knows of no plan`, zh: `${general.name} 不知道有什么计划` }
      : { en: `${general.name} knows only his own plan`, zh: `${general.name} 只知道自己的计划` };
  }
  const chain = Array.from({ length: general.heard }, (_, i) => (i % 2 === 0 ? general.name : general.peer));
  return {
    en: `${chain.map((name) => `${name} knows`).join(' that ')} of the attack`,
    zh: `${chain.map((name) => `${name} 知道`).join(' ')}要在拂晓进攻`,
  };
}

const agreement: Invariant<General, Letter, null> = {
  id: 'together',
  title: { en: 'Both attack, or neither does', zh: '要么都进攻，要么都不进攻' },
  judge: (moment) => ({ judgement: judgeAgreement(moment), memory: null }),
};

function judgeAgreement(moment: TwoMoment): Judgement {
  const [one, other] = generals(moment);
  if (one?.decision == null || other?.decision == null) {
    return { holds: null, reason: { en: 'It is not dawn yet.', zh: '还没到拂晓。' } };
  }
  if (one.decision === other.decision) {
    return one.decision === 'attack'
      ? { holds: true, reason: { en: 'Both attack.', zh: '两人都进攻。' } }
      : { holds: true, reason: { en: 'Both stay in their camps.', zh: '两人都按兵不动。' } };
  }
  const [attacker, idler] = one.decision === 'attack' ? [one, other] : [other, one];
  return {
    holds: false,
    reason: {
      en: `${attacker.name} attacks alone and is beaten; ${idler.name} never got ${letterLabel(wantedBy(idler.name, idler.acks))}.`,
      zh: `${attacker.name} 孤军进攻而败；${idler.name} 始终没收到 ${letterLabel(wantedBy(idler.name, idler.acks))}。`,
    },
  };
}

const certainty: Invariant<General, Letter, null> = {
  id: 'certain',
  title: { en: 'Whoever attacks is sure of the other', zh: '进攻者确知对方也会进攻' },
  judge: (moment) => ({ judgement: judgeCertainty(moment), memory: null }),
};

function judgeCertainty(moment: TwoMoment): Judgement {
  const attackers = generals(moment).filter(({ decision }) => decision === 'attack');
  if (attackers.length === 0) return { holds: null, reason: { en: 'Nobody attacks.', zh: '没有人进攻。' } };
  const hoping = attackers.find((general) => !isSureOfOther(general));
  if (hoping === undefined) {
    return { holds: true, reason: { en: 'The attacker knows that the other attacks.', zh: '进攻者知道对方会进攻。' } };
  }
  const last = letterLabel(hoping.sent);
  return {
    holds: false,
    reason: {
      en: `${hoping.name} sent the last letter, ${last}, and cannot know whether it arrived: he attacks on hope.`,
      zh: `${hoping.name} 发出了最后一封信 ${last}，无法知道它到没到：他是在赌。`,
    },
  };
}

function view(id: NodeId, general: General | null): NodeView {
  if (general === null) return { mark: 'plain', role: 'general', state: 'DOWN', mood: 'calm', facts: [], log: [] };
  const { decision } = general;
  const facts: Fact[] = [
    { id: 'wants', value: { kind: 'term', term: letterLabel(wantedBy(id, general.acks)) } },
    {
      id: 'heard',
      value: general.heard === 0 ? { kind: 'none' } : { kind: 'term', term: letterLabel(general.heard) },
    },
    { id: 'sent', value: general.sent === 0 ? { kind: 'none' } : { kind: 'term', term: sentTerm(general) } },
    {
      id: 'sure',
      value: {
        kind: 'text',
        text: isSureOfOther(general) ? { en: 'yes', zh: '是' } : { en: 'no', zh: '否' },
      },
    },
  ];
  const state = decision === null ? (isToAttack(general) ? 'READY' : 'WAITING') : decision.toUpperCase();
  const mood = decision === null ? 'waiting' : decision === 'attack' ? 'good' : 'refused';
  return { mark: 'plain', role: 'general', state, mood, facts, log: [] };
}

function sentTerm({ sent, sends }: General): string {
  return sends === 1 ? letterLabel(sent) : `${letterLabel(sent)} ×${sends}`;
}

function annotations(moment: TwoMoment): readonly Annotation[] {
  if (disagree(moment)) {
    return [{ text: { en: 'One attacks alone', zh: '孤军进攻' }, nodes: ['G1', 'G2'], tone: 'wrong' }];
  }
  return generals(moment).flatMap((general) =>
    general.heard === 0 && general.sent === 0
      ? []
      : [{ text: knowledge(general), nodes: [general.name], tone: isSureOfOther(general) ? 'good' : 'care' } as const],
  );
}

function sentence(moment: TwoMoment): Text | null {
  const { entry, flight } = moment;
  const [told] = entry?.told ?? [];
  if (told !== undefined) {
    return told.what === 'attack'
      ? { en: `Dawn: ${told.node} attacks.`, zh: `拂晓：${told.node} 进攻。` }
      : { en: `Dawn: ${told.node} stays in his camp.`, zh: `拂晓：${told.node} 按兵不动。` };
  }
  if (entry?.happening.kind !== 'deliver' || flight === null) return null;
  const general = moment.nodes.get(flight.to)?.state;
  if (general == null) return null;
  const known = knowledge(general);
  return {
    en: `${flight.label} reaches ${flight.to}: ${known.en}.`,
    zh: `${flight.label} 到达 ${flight.to}：${known.zh}。`,
  };
}

/** The protocol of the two generals; it is taught in the chapter of the generals. */
export const twoGeneralsProtocol: Protocol<General, Letter, null> = {
  id: 'generals',
  title: { en: 'Two generals', zh: '两将军问题' },
  about: {
    en: 'Two generals win only if both attack. Their messengers cross the enemy’s valley, and each may be caught; nothing else goes wrong.',
    zh: '两位将军必须同时进攻才能取胜。信使要穿过敌人的山谷，每一个都可能被截住；除此之外一切正常。',
  },
  roles: { general: { en: 'General', zh: '将军' } },
  words: {
    wants: { en: 'attacks if he gets', zh: '收到即进攻' },
    heard: { en: 'got', zh: '已收到' },
    sent: { en: 'sent last', zh: '最后发出' },
    sure: { en: 'sure of the other', zh: '确知对方' },
    number: { en: 'letter', zh: '第几封信' },
    attack: { en: 'Decide for an attack', zh: '决定进攻' },
  },
  timers: {
    dawn: { en: 'dawn', zh: '拂晓' },
    again: { en: 'say it again', zh: '再发一次' },
  },
  assumptions: {
    unforged: { en: 'Nobody forges a letter', zh: '没有人伪造信件' },
    awake: { en: 'Generals do not fail', zh: '将军本人不会出故障' },
  },
  program: (_nodes, settings) => twoGenerals(Number(settings.acks ?? '1')),
  view: (id, node) => view(id, node.state),
  describe: ({ number }) => ({
    type: number === 1 ? 'Attack' : 'Ack',
    label: letterLabel(number),
    facts: [{ id: 'number', value: { kind: 'term', term: String(number) } }],
  }),
  channel: () => null,
  latencyMs: { min: 10, max: 10 },
  writeMs: 0,
  invariants: [agreement, certainty],
  annotations,
  commands: (id, moment) => {
    const general = moment.nodes.get(id)?.state;
    const isFree = id === 'G1' && general?.sent === 0 && general.decision === null;
    return isFree ? [{ id: 'attack', text: { en: 'Decide for an attack', zh: '决定进攻' } }] : [];
  },
  tampers: () => [],
  breaks: ({ do: what }) => (what === 'crash' || what === 'wipe' || what === 'pause' ? 'awake' : null),
  sentence,
};

/** Whether the flight is the plan's last letter. */
export function isLast(moment: TwoMoment): boolean {
  const acks = generals(moment)[0]?.acks;
  return acks !== undefined && moment.flight?.message.number === lastLetter(acks);
}

/** The general who sends the plan's last letter. */
export function lastSender(moment: TwoMoment): General | null {
  const acks = generals(moment)[0]?.acks;
  return acks === undefined ? null : (moment.nodes.get(senderOf(lastLetter(acks)))?.state ?? null);
}

function superscript(count: number): string {
  return ['', '', '²', '³', '⁴'][count] ?? `^${count}`;
}
