/** How the generals with a traitor among them are drawn and judged. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, NodeView } from '../node-view.ts';
import type { Annotation, Invariant, Judgement, NodeSpec, Offer, Protocol } from '../protocol.ts';
import type { Setting } from '../scenario.ts';
import type { Text } from '../text.ts';
import {
  byzantineGenerals,
  type Dispatch,
  isTraitor,
  type Officer,
  type Order,
  other,
  type Staff,
  type TieRule,
} from './traitor-program.ts';

/** A moment of the generals with a traitor. */
export type TraitorMoment = Moment<Officer, Dispatch, null>;

export const threeGenerals: readonly NodeSpec[] = [
  { id: 'C', role: 'commander', at: { x: 0.5, y: 0.2 } },
  { id: 'L1', role: 'lieutenant', at: { x: 0.18, y: 0.76 } },
  { id: 'L2', role: 'lieutenant', at: { x: 0.82, y: 0.76 } },
];

export const fourGenerals: readonly NodeSpec[] = [
  { id: 'C', role: 'commander', at: { x: 0.5, y: 0.16 } },
  { id: 'L1', role: 'lieutenant', at: { x: 0.14, y: 0.5 } },
  { id: 'L2', role: 'lieutenant', at: { x: 0.5, y: 0.84 } },
  { id: 'L3', role: 'lieutenant', at: { x: 0.86, y: 0.5 } },
];

/** Who is the traitor, to be chosen from these; `none` for nobody. */
export function traitorSetting(choices: readonly (NodeId | 'none')[]): Setting {
  return {
    id: 'traitor',
    text: { en: 'Traitor', zh: '叛徒' },
    choices: choices.map((id) => ({ id, text: traitorName(id) })),
  };
}

/** What a lieutenant does where the reports for both orders are equally many. */
export const tieSetting: Setting = {
  id: 'tie',
  text: { en: 'In doubt, a lieutenant', zh: '拿不准时，副官' },
  choices: [
    { id: 'obey', text: { en: 'obeys the commander', zh: '服从司令' } },
    { id: 'retreat', text: { en: 'retreats', zh: '撤退' } },
  ],
};

/** The lieutenants that are up and loyal. */
function loyalLieutenants(moment: TraitorMoment): readonly Officer[] {
  return officers(moment).filter((officer) => officer.name !== officer.staff.commander && !isTraitor(officer));
}

/** Whether all loyal lieutenants have decided. */
export function isDecided(moment: TraitorMoment): boolean {
  const loyal = loyalLieutenants(moment);
  return loyal.length > 0 && loyal.every(({ decision }) => decision !== null);
}

/** `both`, `agreement` (IC1) or `obedience` (IC2): what the loyal lieutenants brought about; null before they all decided. */
export function whatIsKept(moment: TraitorMoment): 'kept' | 'ic1' | 'ic2' | null {
  if (!isDecided(moment)) return null;
  if (judgeObedience(moment).holds === false) return 'ic2';
  return judgeAgreement(moment).holds === false ? 'ic1' : 'kept';
}

/**
 * Whether more went wrong than a traitor can do: a loyal general's letter was forged, or one that he sent never counted, or he
 * is down. Then the protocol has promised nothing.
 */
export function isBeyondTraitor(moment: TraitorMoment): boolean {
  const all = officers(moment);
  const [first] = all;
  if (first === undefined) return true;
  const { staff } = first;
  const expected = staff.lieutenants.length + 1 - (staff.traitor === null ? 0 : 1);
  if (all.filter((officer) => !isTraitor(officer)).length < expected) return true;
  const loyal = loyalLieutenants(moment);
  const isCommanderLoyal = staff.traitor !== staff.commander;
  const lacksLetter = (officer: Officer): boolean =>
    (isCommanderLoyal && officer.order === null) ||
    loyal.some(
      ({ name, order }) => name !== officer.name && order !== null && !officer.heard.some(({ from }) => from === name),
    );
  return loyal.some((officer) => officer.deceived || lacksLetter(officer));
}

/** The word for an order. */
function orderText(order: Order): Text {
  return order === 'attack' ? { en: 'attack', zh: '进攻' } : { en: 'retreat', zh: '撤退' };
}

function officers(moment: TraitorMoment): readonly Officer[] {
  return [...moment.nodes.values()].flatMap(({ state }) => (state === null ? [] : [state]));
}

function traitorName(id: string): Text {
  if (id === 'none') return { en: 'nobody', zh: '没有' };
  return id === 'C' ? { en: 'the commander', zh: '司令' } : { en: `lieutenant ${id}`, zh: `副官 ${id}` };
}

const undecided: Judgement = {
  holds: null,
  reason: { en: 'Not all loyal lieutenants have decided.', zh: '忠诚的副官还没有全部决定。' },
};

const agreement: Invariant<Officer, Dispatch, null> = {
  id: 'ic1',
  title: { en: 'IC1: all loyal lieutenants obey the same order', zh: 'IC1：忠诚的副官都执行同一命令' },
  judge: (moment) => ({ judgement: judgeAgreement(moment), memory: null }),
};

function judgeAgreement(moment: TraitorMoment): Judgement {
  if (!isDecided(moment)) return undecided;
  const loyal = loyalLieutenants(moment);
  const decisions = new Set(loyal.map(({ decision }) => decision));
  const list = (word: (order: Order) => string, colon: string, comma: string) =>
    loyal.map(({ name, decision }) => `${name}${colon}${decision === null ? '?' : word(decision)}`).join(comma);
  return {
    holds: decisions.size === 1,
    reason: { en: `${list((o) => orderText(o).en, ': ', ', ')}.`, zh: `${list((o) => orderText(o).zh, '：', '，')}。` },
  };
}

const obedience: Invariant<Officer, Dispatch, null> = {
  id: 'ic2',
  title: { en: 'IC2: if the commander is loyal, they obey his order', zh: 'IC2：司令忠诚时，副官都执行他的命令' },
  judge: (moment) => ({ judgement: judgeObedience(moment), memory: null }),
};

function judgeObedience(moment: TraitorMoment): Judgement {
  const commander = officers(moment).find(({ name, staff }) => name === staff.commander);
  if (commander === undefined || commander.order === null) return undecided;
  if (isTraitor(commander)) {
    return {
      holds: null,
      reason: { en: 'The commander is the traitor: it asks for nothing.', zh: '司令就是叛徒，此条无所要求。' },
    };
  }
  if (!isDecided(moment)) return undecided;
  const disobedient = loyalLieutenants(moment).filter(({ decision }) => decision !== commander.order);
  const names = disobedient.map(({ name }) => name);
  const order = orderText(commander.order);
  return disobedient.length === 0
    ? { holds: true, reason: { en: `All obey: ${order.en}.`, zh: `都服从：${order.zh}。` } }
    : {
        holds: false,
        reason: {
          en: `${names.join(', ')} did not obey the loyal commander’s order: ${order.en}.`,
          zh: `${names.join('、')} 没有执行忠诚司令的命令：${order.zh}。`,
        },
      };
}

function view(id: NodeId, officer: Officer | null): NodeView {
  const base = { log: [], facts: [] };
  if (officer === null) return { ...base, mark: 'plain', role: 'lieutenant', state: 'DOWN', mood: 'calm' };
  const isCommander = id === officer.staff.commander;
  const role = `${isCommander ? 'commander' : 'lieutenant'}${isTraitor(officer) ? 'Traitor' : ''}`;
  const mark = isCommander ? 'leader' : 'follower';
  const facts: Fact[] = [
    {
      id: isCommander ? 'own' : 'order',
      value: officer.order === null ? { kind: 'none' } : { kind: 'value', value: officer.order, settled: false },
    },
  ];
  if (isCommander) {
    const given = officer.given.map(({ to, value }) => `${to}: ${value}`);
    facts.push({ id: 'given', value: given.length === 0 ? { kind: 'none' } : { kind: 'names', names: given } });
  } else {
    const heard = officer.heard.map(({ from, value }) => `${from}: ${value}`);
    facts.push({ id: 'heard', value: heard.length === 0 ? { kind: 'none' } : { kind: 'names', names: heard } });
  }
  if (officer.decision !== null) {
    facts.push({ id: 'decided', value: { kind: 'value', value: officer.decision, settled: true } });
  }
  return { mark, role, ...moodOf(officer, isCommander), facts, log: [] };
}

function moodOf(officer: Officer, isCommander: boolean): Pick<NodeView, 'state' | 'mood'> {
  if (isTraitor(officer)) return { state: 'TRAITOR', mood: 'wrong' };
  if (isCommander) return { state: officer.order === null ? 'IDLE' : 'ORDERED', mood: 'calm' };
  if (officer.decision === null) return { state: 'WAITING', mood: 'waiting' };
  return { state: officer.decision.toUpperCase(), mood: officer.decision === 'attack' ? 'good' : 'refused' };
}

function annotations(moment: TraitorMoment): readonly Annotation[] {
  const kept = whatIsKept(moment);
  const nodes = loyalLieutenants(moment).map(({ name }) => name);
  if (kept === 'ic1') return [{ text: { en: 'they disagree', zh: '行动不一致' }, nodes, tone: 'wrong' }];
  if (kept === 'ic2') return [{ text: { en: 'order not obeyed', zh: '未执行命令' }, nodes, tone: 'wrong' }];
  if (kept === 'kept') {
    const text =
      nodes.length > 1 ? { en: 'they act as one', zh: '行动一致' } : { en: 'order obeyed', zh: '执行了命令' };
    return [{ text, nodes, tone: 'good' }];
  }
  return [];
}

function sentence(moment: TraitorMoment): Text | null {
  const { entry, flight } = moment;
  if (entry === null) return null;
  const decided = entry.told.find(({ what }) => what === 'attack' || what === 'retreat');
  const said =
    entry.happening.kind === 'deliver' && flight !== null ? tidings(flight.from, flight.to, flight.message) : null;
  if (decided === undefined) return said;
  const officer = moment.nodes.get(decided.node)?.state;
  if (officer == null) return said;
  const values = [officer.order, ...officer.heard.map(({ value }) => value)].map((value) => value ?? 'retreat');
  const choice = orderText(decided.what === 'attack' ? 'attack' : 'retreat');
  return {
    en: `${said === null ? '' : `${said.en} `}${decided.node} has {${values.map((v) => orderText(v).en).join(', ')}} and decides: ${choice.en}.`,
    zh: `${said === null ? '' : said.zh}${decided.node} 手里是 {${values.map((v) => orderText(v).zh).join('、')}}，决定${choice.zh}。`,
  };
}

function tidings(from: NodeId, to: NodeId, { kind, value }: Dispatch): Text {
  const word = orderText(value);
  return kind === 'order'
    ? { en: `${to} gets the commander’s order: ${word.en}.`, zh: `${to} 收到司令的命令：${word.zh}。` }
    : {
        en: `${from} tells ${to} that the commander ordered: ${word.en}.`,
        zh: `${from} 告诉 ${to}，司令的命令是：${word.zh}。`,
      };
}

function tampers(message: Dispatch): readonly (Offer & { readonly message: Dispatch })[] {
  // Whatever carries a loyal general's signature, or the commander's, cannot be changed without anybody noticing.
  if (message.signed && (message.loyal || message.kind === 'relay')) return [];
  const value = other(message.value);
  const text = { en: `say “${orderText(value).en}” instead`, zh: `改成“${orderText(value).zh}”` };
  return [{ id: value, text, message: { ...message, value, forged: message.loyal } }];
}

function breaks(what: string, sender: Officer | null): string | null {
  if (what === 'tamper') return sender !== null && isTraitor(sender) ? null : 'unforged';
  if (what === 'drop' || what === 'delay' || what === 'hold')
    return sender !== null && isTraitor(sender) ? null : 'arrives';
  if (what === 'cut' || what === 'split') return 'arrives';
  return what === 'crash' || what === 'wipe' || what === 'pause' ? 'awake' : null;
}

/** Whether a letter is under way that a lieutenant may count on: from a loyal general, or an order that a loyal one will report. */
function isMoreToCome({ inFlight, nodes }: TraitorMoment): boolean {
  return [...inFlight.values()].some(({ from, message }) => {
    const sender = nodes.get(from)?.state ?? null;
    return message.kind === 'order' || sender === null || !isTraitor(sender);
  });
}

/** The protocol with these lies and signatures; the scenario's settings `traitor` and `tie` say the rest. */
export function traitorProtocol(variant: Pick<Staff, 'signed' | 'lies'>): Protocol<Officer, Dispatch, null> {
  return {
    id: 'generals',
    title: { en: 'Byzantine generals', zh: '拜占庭将军问题' },
    about: {
      en: 'A commander gives an order, lieutenants report it to each other, and one of them all may be a traitor who says whatever he likes. Oral messages need n ≥ 3m + 1 generals for m traitors, signed ones n ≥ m + 2.',
      zh: '司令下令，副官互相转告，其中可能有一个叛徒，说什么都行。要容忍 m 个叛徒，口头消息需要 n ≥ 3m + 1 位将军，签名消息需要 n ≥ m + 2 位。',
    },
    roles: {
      commander: { en: 'Commander', zh: '司令' },
      lieutenant: { en: 'Lieutenant', zh: '副官' },
      commanderTraitor: { en: 'Commander', zh: '司令' },
      lieutenantTraitor: { en: 'Lieutenant', zh: '副官' },
    },
    words: {
      own: { en: 'own order', zh: '本来的命令' },
      order: { en: 'ordered', zh: '司令的命令' },
      heard: { en: 'others report', zh: '他人转告' },
      given: { en: 'gave', zh: '发出' },
      decided: { en: 'decides', zh: '决定' },
      value: { en: 'says', zh: '内容' },
      signed: { en: 'signed', zh: '签名' },
    },
    timers: { deadline: { en: 'deadline', zh: '截止' } },
    assumptions: {
      unforged: { en: 'A loyal general’s letter arrives as it was sent', zh: '忠诚将军的信不会被篡改' },
      arrives: { en: 'A loyal general’s letter arrives, and in time', zh: '忠诚将军的信一定按时到达' },
      awake: { en: 'Loyal generals do not fail', zh: '忠诚的将军不会出故障' },
    },
    program: (nodes, settings) => byzantineGenerals(staffOf(nodes, settings, variant)),
    view: (id, node) => view(id, node.state),
    describe: ({ kind, value, signed }) => ({
      type: kind === 'order' ? 'Order' : 'Relay',
      label: `${kind === 'order' ? 'Order' : 'Relay'}(${value})${signed ? ' ✓' : ''}`,
      facts: [{ id: 'value', value: { kind: 'value', value, settled: false } }],
    }),
    channel: () => null,
    latencyMs: { min: 10, max: 14 },
    writeMs: 0,
    invariants: [agreement, obedience],
    annotations,
    commands: (id, moment) => {
      const officer = moment.nodes.get(id)?.state;
      if (officer == null || id !== officer.staff.commander || officer.order !== null) return [];
      return [
        { id: 'attack', text: { en: 'Order an attack', zh: '下令进攻' } },
        { id: 'retreat', text: { en: 'Order a retreat', zh: '下令撤退' } },
      ];
    },
    tampers,
    breaks: (action, moment) => {
      if (action.do === 'fire') return isMoreToCome(moment) ? 'arrives' : null;
      const from = 'message' in action ? moment.inFlight.get(action.message)?.from : undefined;
      return breaks(action.do, (from !== undefined && moment.nodes.get(from)?.state) || null);
    },
    sentence,
  };
}

function staffOf(
  nodes: readonly NodeSpec[],
  settings: Readonly<Record<string, string>>,
  variant: Pick<Staff, 'signed' | 'lies'>,
): Staff {
  const commander = nodes.find(({ role }) => role === 'commander')?.id ?? 'C';
  const tie: TieRule = settings.tie === 'obey' ? 'obey' : 'retreat';
  const { traitor } = settings;
  return {
    ...variant,
    commander,
    lieutenants: nodes.filter(({ role }) => role === 'lieutenant').map(({ id }) => id),
    traitor: traitor === undefined || traitor === 'none' ? null : traitor,
    tie,
  };
}
