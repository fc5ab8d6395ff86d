/** Two-phase commit in the labs. */
import type { NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, LogRecord, NodeView } from '../node-view.ts';
import type { Annotation, Offer, Protocol } from '../protocol.ts';
import { term } from '../text.ts';
import { commitInvariants } from './invariants.ts';
import { type Disk, type Message, mostRounds, type State, workOf, writeWork } from './machine.ts';
import { twoPhaseCommitProgram } from './program.ts';
import {
  type CommitMoment,
  coordinatorOf,
  type ParticipantReading,
  participantsOf,
  readParticipant,
} from './reading.ts';
import { sentence } from './sentence.ts';

function participantView(participant: ParticipantReading, moment: CommitMoment): NodeView {
  const { id, phase, disk } = participant;
  const { key } = workOf(id);
  const conflict = judgedWrong(moment) && (phase === 'COMMIT' || phase === 'ABORT');
  const facts: Fact[] = [
    { id: 'value', value: { kind: 'value', value: `${key} = ${disk.value}`, settled: phase !== 'READY' } },
  ];
  const ready = disk.log.find((record) => record.kind === 'READY');
  if (phase === 'READY') {
    const redo = participant.state?.disk.log.find((record) => record.kind === 'READY') ?? ready;
    if (redo !== undefined)
      facts.push({ id: 'redo', value: { kind: 'value', value: `${key} = ${redo.redo}`, settled: false } });
    facts.push({ id: 'locks', value: { kind: 'locks', locks: [{ key, holder: 'T1' }] } });
  } else facts.push({ id: 'locks', value: { kind: 'none' } });
  if (participant.state?.refuses && phase === 'INIT') facts.push({ id: 'vote', value: { kind: 'term', term: 'NO' } });
  const log = disk.log.map((record, at): LogRecord => {
    const label = `${record.kind} T1`;
    if (record.kind !== 'READY') {
      return {
        label,
        key: `${label} ${at}`,
        detail: `${record.kind} T1`,
        state: record.kind === 'COMMIT' ? 'committed' : 'logged',
      };
    }
    const state = phase === 'COMMIT' ? 'committed' : phase === 'ABORT' ? 'truncated' : 'logged';
    return { label, key: label, state, detail: `undo ${key}: ${record.undo}, redo ${key}: ${record.redo}` };
  });
  const moods = { INIT: 'calm', READY: 'waiting', COMMIT: 'good', ABORT: 'refused' } as const;
  return { mark: 'plain', role: 'participant', state: phase, mood: conflict ? 'wrong' : moods[phase], facts, log };
}

function coordinatorView(moment: CommitMoment): NodeView {
  const { phase, decision, disk, state } = coordinatorOf(moment);
  const of = participantsOf(moment).map((participant) => participant.id);
  const facts: Fact[] = [];
  if (state !== null && phase !== 'INIT') {
    const tally = { kind: 'tally', of, need: of.length } as const;
    // Who keeps no log calls one service after the other, and counts their answers.
    if (disk.log.length === 0) facts.push({ id: 'answers', value: { ...tally, have: state.yes, against: [] } });
    else if (phase === 'WAIT') facts.push({ id: 'votes', value: { ...tally, have: state.yes, against: state.no } });
    else facts.push({ id: 'acks', value: { ...tally, have: state.acks, against: [] } });
  }
  const value = decision ?? (phase === 'WAIT' ? '?' : null);
  if (value !== null) facts.push({ id: 'decision', value: { kind: 'value', value, settled: decision !== null } });
  const log = disk.log.map((record): LogRecord => {
    const label = `${record.kind} T1`;
    const detail = record.kind === 'BEGIN' ? `${label}: ${record.participants.join(', ')}` : label;
    return { label, key: label, detail, state: record.kind === 'COMMIT' ? 'committed' : 'logged' };
  });
  const settled = decision === 'ABORT' ? 'refused' : decision === 'COMMIT' ? 'good' : 'calm';
  return { mark: 'plain', role: 'coordinator', state: phase, mood: phase === 'WAIT' ? 'waiting' : settled, facts, log };
}

/** Whether somebody has committed while another has aborted. */
function judgedWrong(moment: CommitMoment): boolean {
  const phases = participantsOf(moment).map((participant) => participant.phase);
  return phases.includes('COMMIT') && phases.includes('ABORT');
}

function annotations(moment: CommitMoment): readonly Annotation[] {
  const participants = participantsOf(moment);
  const inPhase = (phase: string) => participants.filter((node) => node.phase === phase).map((node) => node.id);
  const [ready, committed, aborted] = [inPhase('READY'), inPhase('COMMIT'), inPhase('ABORT')];
  if (committed.length > 0 && aborted.length > 0) {
    return [
      {
        tone: 'wrong',
        nodes: [...committed, ...aborted],
        text: { en: 'half of T1 has happened', zh: 'T1 只发生了一半' },
      },
    ];
  }
  if (committed.length === participants.length) {
    if (participants.some(({ id, disk }) => disk.value !== workOf(id).start + workOf(id).add)) return [];
    return [{ tone: 'good', nodes: committed, text: { en: 'T1 committed everywhere', zh: 'T1 已全部提交' } }];
  }
  const onItsWay = [...moment.inFlight.values()].some(
    ({ message, to }) => message.type === 'COMMIT' && ready.includes(to),
  );
  if (committed.length > 0 && ready.length > 0 && !onItsWay) {
    const text = {
      en: 'visibly inconsistent, not yet a violation (READY can still follow)',
      zh: '看得见的不一致，还不算违反（READY 还能跟上）',
    };
    return [{ tone: 'care', nodes: [...committed, ...ready], text }];
  }
  if (ready.length > 0 && !coordinatorOf(moment).up) {
    return [
      { tone: 'care', nodes: ready, text: { en: 'blocked, in doubt, locks held', zh: '阻塞，结果未知，锁未释放' } },
    ];
  }
  if (aborted.length === participants.length) {
    return [
      {
        tone: 'good',
        nodes: aborted,
        text: { en: 'T1 aborted everywhere, locks released', zh: 'T1 已全部放弃，锁已释放' },
      },
    ];
  }
  return [];
}

const offers: Readonly<Record<'begin' | 'again' | 'refuse' | 'allow', Offer>> = {
  begin: { id: 'begin', text: { en: 'begin to commit T1', zh: '开始提交 T1' } },
  again: { id: 'again', text: { en: 'try again', zh: '再试一次' } },
  refuse: {
    id: 'refuse',
    text: { en: 'be unable to do its part (will vote NO)', zh: '无法完成自己的部分（将投 NO）' },
  },
  allow: { id: 'allow', text: { en: 'be able to do its part after all', zh: '又能完成自己的部分' } },
};

function commands(id: NodeId, moment: CommitMoment): readonly Offer[] {
  const state = moment.nodes.get(id)?.state ?? null;
  if (state === null) return [];
  if (state.role === 'coordinator') {
    if (state.phase === 'INIT') return [offers.begin];
    const unfinished = state.phase === 'COMMIT' || state.phase === 'ABORT';
    return unfinished && state.rounds >= mostRounds ? [offers.again] : [];
  }
  if (state.phase === 'INIT') return [state.refuses ? offers.allow : offers.refuse];
  return state.phase === 'READY' && state.rounds > mostRounds ? [offers.again] : [];
}

export const twoPhaseCommit: Protocol<State, Message, Disk> = {
  id: '2pc',
  title: { en: 'Two-phase commit (2PC)', zh: '两阶段提交（2PC）' },
  about: {
    en: 'Several databases make one transaction happen everywhere or nowhere: first all promise, then one decides. It bears crashes and lost messages, but whoever has promised has to wait for the decision, however long that takes.',
    zh: '多个数据库让一个事务要么处处生效，要么处处不生效：先各自承诺，再由一方决定。它能承受崩溃和丢消息，但承诺过的一方必须等待决定，无论要等多久。',
  },
  roles: {
    coordinator: { en: 'Coordinator', zh: '协调者' },
    participant: { en: 'Participant', zh: '参与者' },
  },
  words: {
    value: { en: 'value', zh: '值' },
    redo: { en: 'after COMMIT', zh: '提交后' },
    locks: { en: 'locks', zh: '锁' },
    vote: { en: 'will vote', zh: '将投' },
    votes: { en: 'votes', zh: '投票' },
    acks: { en: 'ACKs', zh: '确认' },
    answers: { en: 'answers', zh: '回答' },
    decision: { en: 'decision', zh: '决定' },
    work: { en: 'its part', zh: '分工' },
    transaction: { en: 'transaction', zh: '事务' },
  },
  timers: {
    votes: { en: 'votes due', zh: '等待投票' },
    resend: { en: 'send again', zh: '距重发' },
    prepare: { en: 'PREPARE due', zh: '等 PREPARE' },
    decision: { en: 'decision due', zh: '等待决定' },
    reply: { en: 'reply due', zh: '等待回答' },
  },
  assumptions: {
    stable: { en: 'What is forced to the log survives a crash', zh: '强制写入的日志在崩溃后仍在' },
    crashFault: { en: 'Nodes and links may fail, but do not lie', zh: '节点和链路可以失效，但不说谎' },
  },
  program: twoPhaseCommitProgram,
  view(id, node: NodeMoment<State, Disk>, moment) {
    const { disk } = node;
    return disk.role === 'coordinator'
      ? coordinatorView(moment)
      : participantView(readParticipant(id, node, disk), moment);
  },
  describe(message) {
    const transaction: Fact = { id: 'transaction', value: { kind: 'term', term: 'T1' } };
    if (message.type !== 'PREPARE' && message.type !== 'DO') {
      return { type: message.type, label: `${message.type}(T1)`, facts: [transaction] };
    }
    const work = writeWork(message.work);
    return {
      type: message.type,
      label: `${message.type}(T1, ${work})`,
      facts: [transaction, { id: 'work', value: { kind: 'term', term: work } }],
    };
  },
  channel: () => null,
  latencyMs: { min: 8, max: 12 },
  writeMs: 20,
  invariants: commitInvariants,
  annotations,
  commands,
  tampers(message) {
    const into = (type: 'YES' | 'NO' | 'COMMIT' | 'ROLLBACK') => ({ id: type, text: term(type), message: { type } });
    switch (message.type) {
      case 'YES':
        return [into('NO')];
      case 'NO':
        return [into('YES')];
      case 'COMMIT':
        return [into('ROLLBACK')];
      case 'ROLLBACK':
        return [into('COMMIT')];
      default:
        return [];
    }
  },
  breaks(action) {
    if (action.do === 'wipe') return 'stable';
    return action.do === 'tamper' ? 'crashFault' : null;
  },
  sentence,
};
