/** Three-phase commit in the labs. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, LogRecord, NodeView } from '../node-view.ts';
import type { Annotation, Offer, Protocol } from '../protocol.ts';
import { type Text, term } from '../text.ts';
import { mostRounds, workOf, writeWork } from '../two-phase-commit/machine.ts';
import { commitInvariants } from './invariants.ts';
import type { Disk, Message, State } from './machine.ts';
import { threePhaseCommitProgram } from './program.ts';
import {
  type CommitMoment,
  coordinatorOf,
  inPhase,
  type ParticipantReading,
  participantsOf,
  readParticipant,
} from './reading.ts';
import { sentence } from './sentence.ts';

function participantView(participant: ParticipantReading, moment: CommitMoment): NodeView {
  const { id, phase, disk } = participant;
  const { key } = workOf(id);
  const undecided = phase === 'WAIT' || phase === 'PRECOMMIT';
  const facts: Fact[] = [
    { id: 'value', value: { kind: 'value', value: `${key} = ${disk.value}`, settled: !undecided } },
  ];
  const wait = disk.log.find((record) => record.kind === 'WAIT');
  if (undecided && wait?.kind === 'WAIT') {
    facts.push({ id: 'redo', value: { kind: 'value', value: `${key} = ${wait.redo}`, settled: false } });
  }
  facts.push({ id: 'locks', value: undecided ? { kind: 'locks', locks: [{ key, holder: 'T1' }] } : { kind: 'none' } });
  if (participant.state?.refuses && phase === 'INIT') facts.push({ id: 'vote', value: { kind: 'term', term: 'No' } });
  if (participant.recovering) {
    facts.push({
      id: 'recovering',
      value: { kind: 'text', text: { en: 'asks what it missed', zh: '询问错过了什么' } },
    });
  }
  const log = disk.log.map((record): LogRecord => {
    const label = `${record.kind} T1`;
    const decidedState = phase === 'COMMIT' ? 'committed' : phase === 'ABORT' ? 'truncated' : 'logged';
    const detail = record.kind === 'WAIT' ? `undo ${key}: ${record.undo}, redo ${key}: ${record.redo}` : label;
    const state = record.kind === 'COMMIT' ? 'committed' : record.kind === 'ABORT' ? 'logged' : decidedState;
    return { label, key: label, state, detail };
  });
  const moods = { INIT: 'calm', WAIT: 'waiting', PRECOMMIT: 'waiting', COMMIT: 'good', ABORT: 'refused' } as const;
  const conflict = inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0;
  const wrong = conflict && (phase === 'COMMIT' || phase === 'ABORT');
  return { mark: 'plain', role: 'participant', state: phase, mood: wrong ? 'wrong' : moods[phase], facts, log };
}

function coordinatorView(moment: CommitMoment): NodeView {
  const { phase, decision, disk, state } = coordinatorOf(moment);
  const of = participantsOf(moment).map(({ id }) => id);
  const facts: Fact[] = [];
  if (state !== null && phase !== 'INIT') {
    const tally = { kind: 'tally', of, need: of.length } as const;
    if (phase === 'WAIT') facts.push({ id: 'votes', value: { ...tally, have: state.yes, against: state.no } });
    else facts.push({ id: 'acks', value: { ...tally, have: state.acks, against: [] } });
  }
  const open = phase === 'WAIT' || phase === 'PRECOMMIT';
  if (decision !== null || open) {
    facts.push({ id: 'decision', value: { kind: 'value', value: decision ?? '?', settled: decision !== null } });
  }
  const log = disk.log.map((record): LogRecord => {
    const label = `${record.kind} T1`;
    const detail = record.kind === 'BEGIN' ? `${label}: ${record.participants.join(', ')}` : label;
    return { label, key: label, detail, state: record.kind === 'COMMIT' ? 'committed' : 'logged' };
  });
  const settled = decision === 'ABORT' ? 'refused' : decision === 'COMMIT' ? 'good' : 'calm';
  return { mark: 'plain', role: 'coordinator', state: phase, mood: open ? 'waiting' : settled, facts, log };
}

function annotations(moment: CommitMoment): readonly Annotation[] {
  const participants = participantsOf(moment);
  const [waiting, prepared] = [inPhase(moment, 'WAIT'), inPhase(moment, 'PRECOMMIT')];
  const [committed, aborted] = [inPhase(moment, 'COMMIT'), inPhase(moment, 'ABORT')];
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
    return [{ tone: 'good', nodes: committed, text: { en: 'T1 committed everywhere', zh: 'T1 已全部提交' } }];
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
  const onItsWay = [...moment.inFlight.values()].some(
    ({ message }) => message.type === 'PreCommit' || message.type === 'doAbort',
  );
  if (waiting.length > 0 && prepared.length > 0 && !onItsWay) {
    const text = {
      en: 'silence means COMMIT to some and ABORT to others',
      zh: '同样的沉默，对一些意味着 COMMIT，对另一些意味着 ABORT',
    };
    return [{ tone: 'care', nodes: [...waiting, ...prepared], text }];
  }
  if (prepared.length > 0 && !coordinatorOf(moment).up) {
    return [
      {
        tone: 'good',
        nodes: prepared,
        text: { en: 'not blocked: the clock decides', zh: '不阻塞，由时钟决定' },
      },
    ];
  }
  if (waiting.length > 0 && !coordinatorOf(moment).up) {
    return [
      {
        tone: 'good',
        nodes: waiting,
        text: { en: 'not blocked: the clock decides', zh: '不阻塞，由时钟决定' },
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
    text: { en: 'be unable to do its part (will vote No)', zh: '无法完成自己的部分（将投 No）' },
  },
  allow: { id: 'allow', text: { en: 'be able to do its part after all', zh: '又能完成自己的部分' } },
};

function commands(id: NodeId, moment: CommitMoment): readonly Offer[] {
  const state = moment.nodes.get(id)?.state ?? null;
  if (state === null) return [];
  if (state.recovering) return state.rounds > mostRounds ? [offers.again] : [];
  if (state.phase !== 'INIT') return [];
  return state.role === 'coordinator' ? [offers.begin] : [state.refuses ? offers.allow : offers.refuse];
}

const synchronous: Text = {
  en: 'Every message arrives within a known time: nothing is lost or late, no link is cut, nobody pauses',
  zh: '每条消息都在已知的时间内到达：不丢、不迟、不断链，也没有谁会停顿',
};

export const threePhaseCommit: Protocol<State, Message, Disk> = {
  id: '3pc',
  title: { en: 'Three-phase commit (3PC)', zh: '三阶段提交（3PC）' },
  about: {
    en: 'One phase more than 2PC, so that no participant is ever left without a way on: whoever hears nothing knows from its own state what silence means. That is true only while messages are never late, which no real network promises.',
    zh: '比 2PC 多一个阶段，使参与者永远有路可走：什么也没听到时，从自己的状态就知道沉默意味着什么。但这只在消息从不迟到时成立，而真实网络从不作此保证。',
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
    decision: { en: 'decision', zh: '决定' },
    recovering: { en: 'restarted', zh: '重启后' },
    work: { en: 'its part', zh: '分工' },
    transaction: { en: 'transaction', zh: '事务' },
    acknowledged: { en: 'acknowledges', zh: '确认的是' },
  },
  timers: {
    votes: { en: 'votes due', zh: '等待投票' },
    acks: { en: 'ACKs due', zh: '等待 ACK' },
    done: { en: 'last ACKs due', zh: '等最后的 ACK' },
    canCommit: { en: 'CanCommit due', zh: '等 CanCommit' },
    preCommit: { en: 'PreCommit due', zh: '等 PreCommit' },
    doCommit: { en: 'DoCommit due', zh: '等 DoCommit' },
    ask: { en: 'ask again', zh: '距再问' },
  },
  assumptions: {
    synchronous,
    failStop: {
      en: 'Whoever fails just stops: its log stays, and nobody lies',
      zh: '失效就是停止：日志仍在，没有谁说谎',
    },
  },
  program: threePhaseCommitProgram,
  view(id, node, moment) {
    const { disk } = node;
    return disk.role === 'coordinator'
      ? coordinatorView(moment)
      : participantView(readParticipant(id, node, disk), moment);
  },
  describe(message) {
    const transaction: Fact = { id: 'transaction', value: { kind: 'term', term: 'T1' } };
    const { type } = message;
    if (type === 'ACK') {
      const of: Fact = { id: 'acknowledged', value: { kind: 'term', term: message.of } };
      return { type, label: `ACK(T1, ${message.of})`, facts: [transaction, of] };
    }
    if (type !== 'CanCommit') return { type, label: `${type}(T1)`, facts: [transaction] };
    const work = writeWork(message.work);
    return {
      type,
      label: `CanCommit(T1, ${work})`,
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
    const into = (type: 'Yes' | 'No' | 'DoCommit' | 'doAbort') => [{ id: type, text: term(type), message: { type } }];
    switch (message.type) {
      case 'Yes':
        return into('No');
      case 'No':
        return into('Yes');
      case 'PreCommit':
      case 'DoCommit':
        return into('doAbort');
      case 'doAbort':
        return into('DoCommit');
      default:
        return [];
    }
  },
  breaks(action, moment) {
    switch (action.do) {
      case 'drop':
      case 'delay':
      case 'hold':
      case 'cut':
      case 'split':
      case 'pause':
        return 'synchronous';
      case 'fire': {
        // Early, unless what it waits for can no longer come; nor to another, whose state it counts on when its time is up.
        const { id, up } = coordinatorOf(moment);
        const comes = [...moment.inFlight.values()].some(({ to }) => moment.nodes.get(to)?.status !== 'down');
        return (up && !moment.isCut(id, action.node)) || comes ? 'synchronous' : null;
      }
      case 'tamper':
      case 'wipe':
        return 'failStop';
      default:
        return null;
    }
  },
  sentence,
};
