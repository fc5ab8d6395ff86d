/** Basic Paxos in the labs: how its parties are drawn, judged, asked and attacked. */
import type { Fact, NodeView } from '../node-view.ts';
import type { Annotation, Offer, Protocol } from '../protocol.ts';
import type { Text } from '../text.ts';
import { term } from '../text.ts';
import type { PaxosMoment } from './chosen.ts';
import { acceptorDisks, chosenOf, proposerAt } from './chosen.ts';
import { invariants } from './invariants.ts';
import type { PaxosMessage } from './messages.ts';
import { acceptedFact, messageFacts, messageLabel, tampered, VALUES } from './messages.ts';
import type {
  AcceptorDisk,
  LearnerDisk,
  LearnerState,
  PaxosDisk,
  PaxosState,
  ProposerDisk,
  ProposerState,
  Rules,
} from './parties.ts';
import { majorityOf } from './parties.ts';
import { castOf, LAMPORT, paxosProgram } from './program.ts';
import { sentenceOf } from './sentence.ts';

export type PaxosProtocol = Protocol<PaxosState, PaxosMessage, PaxosDisk>;

/** Basic Paxos under the rules that a scenario's settings stand for. */
export function paxos(
  rules: (settings: Readonly<Record<string, string>>) => Partial<Rules> = () => ({}),
): PaxosProtocol {
  return {
    id: 'paxos',
    title: { en: 'Basic Paxos', zh: 'Paxos（单值）' },
    about: {
      en: 'Proposers and acceptors agree on one value, although any of them may crash and any message may be late, lost or doubled. It takes for granted that nobody lies, that disks survive a crash, and that more than half of all acceptors come back.',
      zh: '提议者和接受者就一个值达成一致；谁都可能崩溃，消息可能迟到、丢失或重复。前提是：没有人说谎，磁盘内容不因崩溃而丢失，超过半数的接受者终会在线。',
    },
    roles: {
      proposer: { en: 'Proposer', zh: '提议者' },
      acceptor: { en: 'Acceptor', zh: '接受者' },
      learner: { en: 'Learner', zh: '学习者' },
    },
    words: {
      n: term('n'),
      wants: { en: 'wants', zh: '想提议' },
      proposes: { en: 'proposes', zh: '提议' },
      phase: { en: 'phase', zh: '阶段' },
      promises: term('Promise'),
      acceptedBy: term('Accepted'),
      promised: { en: 'promised', zh: '已承诺' },
      accepted: { en: 'accepted', zh: '已接受' },
      learned: { en: 'learned', zh: '已学到' },
      value: { en: 'value', zh: '值' },
    },
    timers: {
      retry: { en: 'tries again', zh: '再试' },
      silence: { en: 'patience', zh: '耐心' },
    },
    assumptions: {
      crashFault: {
        en: 'Crash faults only: nobody lies and no message is forged. Signatures help against forgers on the wire; against acceptors that lie it takes 3m + 1 of them.',
        zh: '只容忍崩溃：没有人说谎，消息不会被伪造。防线路上的伪造可以用签名；防接受者说谎，则需要 3m + 1 个接受者。',
      },
      disk: {
        en: 'A disk keeps what was written: a crash does not make an acceptor forget.',
        zh: '磁盘不丢数据：崩溃不会让接受者忘记承诺和接受。',
      },
    },
    program: (nodes, settings) => paxosProgram(castOf(nodes, { ...LAMPORT, ...rules(settings) }, settings)),
    view: (id, node, moment) => {
      if (node.disk.role === 'acceptor') return acceptorView(node.disk, moment);
      if (node.disk.role === 'learner')
        return learnerView(node.disk, node.state?.role === 'learner' ? node.state : null, moment);
      return proposerView(node.disk, proposerAt(moment, id), moment);
    },
    describe: (message) => ({ type: message.kind, label: messageLabel(message), facts: messageFacts(message) }),
    channel: () => null,
    latencyMs: { min: 8, max: 14 },
    writeMs: 2,
    invariants,
    annotations,
    commands,
    tampers: tampered,
    breaks: (action, moment) => {
      if (action.do === 'tamper') return 'crashFault';
      if (action.do !== 'wipe') return null;
      return moment.nodes.get(action.node)?.disk.role === 'learner' ? null : 'disk';
    },
    sentence: sentenceOf,
  };
}

/** Whether a value is chosen: its plate is filled. */
function isSettled(moment: PaxosMoment, value: string): boolean {
  return chosenOf(moment).some((vote) => vote.value === value);
}

function acceptorView(disk: AcceptorDisk, moment: PaxosMoment): NodeView {
  const { promised, accepted } = disk;
  const settled = accepted !== null && isSettled(moment, accepted.value);
  return {
    mark: 'plain',
    role: 'acceptor',
    // What it has promised and accepted is all that there is to its state.
    state: '',
    mood: settled ? 'good' : 'calm',
    facts: [
      { id: 'promised', value: promised === 0 ? { kind: 'none' } : { kind: 'term', term: String(promised) } },
      { id: 'accepted', value: acceptedFact(accepted, settled) },
    ],
    log: [],
  };
}

const PHASES: Readonly<Record<ProposerState['phase'], { readonly text: Text; readonly mood: NodeView['mood'] }>> = {
  idle: { text: { en: 'at rest', zh: '空闲' }, mood: 'calm' },
  prepare: { text: { en: 'phase 1', zh: '第一阶段' }, mood: 'waiting' },
  accept: { text: { en: 'phase 2', zh: '第二阶段' }, mood: 'waiting' },
  beaten: { text: { en: 'beaten', zh: '失败' }, mood: 'refused' },
  aside: { text: { en: 'stands aside', zh: '让位' }, mood: 'refused' },
  done: { text: { en: 'knows', zh: '已得知' }, mood: 'good' },
};

function proposerView(disk: ProposerDisk, state: ProposerState | null, moment: PaxosMoment): NodeView {
  const { n, wants, learned } = disk;
  const plate = (value: string): Fact['value'] => ({ kind: 'value', value, settled: isSettled(moment, value) });
  const { text, mood } = PHASES[state?.phase ?? 'idle'];
  const proposed = state === null ? null : state.value;
  const facts: Fact[] = [
    proposed === null
      ? { id: 'n', value: n === 0 ? { kind: 'none' } : { kind: 'term', term: String(n) } }
      : { id: 'proposes', value: acceptedFact({ n, value: proposed }, isSettled(moment, proposed)) },
    { id: 'wants', value: wants === null ? { kind: 'none' } : plate(wants) },
  ];
  // Beside five acceptors cards have less room, and what is counted tells the phase as well.
  if (acceptorDisks(moment).length === 3 || mood === 'refused')
    facts.push({ id: 'phase', value: { kind: 'text', text } });
  const view = { mark: 'plain', role: 'proposer', state: '', mood, facts, log: [] } as const;
  const isInRound = state !== null && (state.phase === 'prepare' || proposed !== null || state.against.length > 0);
  if (!isInRound) {
    // After a restart it may know what is chosen, and has no round of its own.
    if (learned !== null) facts.push({ id: 'learned', value: plate(learned.value) });
    return view;
  }
  facts.push({
    id: proposed === null ? 'promises' : 'acceptedBy',
    value: {
      kind: 'tally',
      have: proposed === null ? state.promises.map(({ from }) => from) : state.acceptedBy,
      of: state.cast.acceptors,
      need: majorityOf(state.cast),
      against: state.against,
    },
  });
  return view;
}

function learnerView(disk: LearnerDisk, state: LearnerState | null, moment: PaxosMoment): NodeView {
  const { learned } = disk;
  const facts: Fact[] = [
    {
      id: 'learned',
      value:
        learned === null
          ? { kind: 'none' }
          : { kind: 'value', value: learned.value, settled: isSettled(moment, learned.value) },
    },
  ];
  // One tally a proposal; a card has room for the two highest.
  const heard = [...(state?.heard ?? [])].sort((one, other) => other.n - one.n).slice(0, 2);
  for (const { by, n, value } of heard.reverse()) {
    if (state === null) break;
    facts.push({
      id: 'accepted',
      value: { kind: 'accepted', ballot: String(n), value, settled: isSettled(moment, value) },
    });
    facts.push({
      id: 'acceptedBy',
      value: { kind: 'tally', have: by, of: state.cast.acceptors, need: majorityOf(state.cast), against: [] },
    });
  }
  const mood = learned === null ? 'calm' : 'good';
  return { mark: 'plain', role: 'learner', state: '', mood, facts: facts.slice(0, 3), log: [] };
}

/** What is chosen, beside those who hold it; and where two values are, that this must not be. */
function annotations(moment: PaxosMoment): readonly Annotation[] {
  const chosen = chosenOf(moment);
  const values = [...new Set(chosen.map(({ value }) => value))];
  const tone = values.length > 1 ? 'wrong' : 'good';
  return values.map((value) => {
    const holders = acceptorDisks(moment)
      .filter(([, disk]) => disk.accepted?.value === value)
      .map(([id]) => id);
    const nodes = holders.length > 0 ? holders : (chosen.find((vote) => vote.value === value)?.by ?? []);
    return { text: { en: `${value} chosen`, zh: `${value} 已选定` }, nodes, tone };
  });
}

function commands(id: string, moment: PaxosMoment): readonly Offer[] {
  const state = moment.nodes.get(id)?.state ?? null;
  if (state === null || state.role === 'acceptor') return [];
  if (state.role === 'learner') {
    const offers: Offer[] = [];
    if (state.cast.learners.length > 1)
      offers.push({ id: 'ask learners', text: { en: 'Ask the other learners', zh: '问其他学习者' } });
    offers.push({ id: 'ask acceptors', text: { en: 'Ask the acceptors', zh: '问接受者' } });
    return offers;
  }
  const propose = (value: string): Text => ({ en: `Propose ${value}`, zh: `提议 ${value}` });
  const offers: Offer[] = VALUES.map((value) => ({ id: `propose ${value}`, text: propose(value) }));
  if (state.disk.wants !== null) {
    offers.push({ id: 'retry', text: { en: 'Try again with a higher number', zh: '换更大的编号再试' } });
  }
  return offers;
}
