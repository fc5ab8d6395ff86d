/** Two-phase commit in the labs. */
import type { NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, LogRecord, NodeView } from '../node-view.ts';
import type { Annotation, Offer, Protocol } from '../protocol.ts';
import { type Text, term } from '../text.ts';
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
    if (phase === 'WAIT') facts.push({ id: 'votes', value: { ...tally, have: state.yes, against: state.no } });
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
      en: 'visibly inconsistent, not yet a violation: the others are in doubt and locked',
      zh: '看得见的不一致，还不算违反：其余的仍未知结果、持有锁',
    };
    return [{ tone: 'care', nodes: [...committed, ...ready], text }];
  }
  if (ready.length > 0 && !coordinatorOf(moment).up) {
    return [
      { tone: 'care', nodes: ready, text: { en: 'blocked: in doubt, locks held', zh: '阻塞：结果未知，锁未释放' } },
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

const told: Readonly<Record<string, (node: NodeId) => Text>> = {
  begins: (c) => ({
    en: `${c} writes BEGIN and asks every participant to prepare.`,
    zh: `${c} 写下 BEGIN，请每个参与者准备。`,
  }),
  'votes YES': (p) => ({
    en: `${p} locks its number, forces READY with undo and redo to its log, then votes YES. From now on it may not decide alone.`,
    zh: `${p} 加锁，把带 undo、redo 的 READY 强制写入日志，然后投 YES。从此它不能自行决定。`,
  }),
  'votes NO': (p) => ({
    en: `${p} cannot do its part: it aborts at once and votes NO.`,
    zh: `${p} 做不了自己的部分：立即放弃，并投 NO。`,
  }),
  'decides COMMIT': (c) => ({
    en: `${c} has every YES. It forces COMMIT to its log — that is the decision — and only then tells the participants.`,
    zh: `${c} 收齐了 YES。它先把 COMMIT 强制写入日志（这一刻就是决定），然后才通知参与者。`,
  }),
  'decides ABORT': (c) => ({
    en: `${c} forces ABORT to its log and rolls back all who may have voted YES.`,
    zh: `${c} 把 ABORT 强制写入日志，通知所有可能投了 YES 的参与者回滚。`,
  }),
  'presumes ABORT': (c) => ({
    en: `${c} finds BEGIN but no decision in its log: nobody can have been told COMMIT, so it decides ABORT (presumed abort).`,
    zh: `${c} 的日志里只有 BEGIN、没有决定：谁也不可能收到过 COMMIT，所以它决定 ABORT（推定放弃）。`,
  }),
  'reads its decision': (c) => ({
    en: `${c} finds its decision in its log and sends it again.`,
    zh: `${c} 在日志里找到自己的决定，再发一遍。`,
  }),
  'repeats its decision': (c) => ({
    en: `An ACK is missing: ${c} sends its decision again to whoever has not answered.`,
    zh: `还缺 ACK：${c} 向没有回答的参与者重发决定。`,
  }),
  'stops repeating': (c) => ({
    en: `${c} sends its decision one last time, then waits to be told to try again (only in the lab: a real one goes on).`,
    zh: `${c} 最后重发一次，之后等人让它再试（实验里如此，真实系统会一直重发）。`,
  }),
  ends: (c) => ({
    en: `Every participant has acknowledged: ${c} writes END and may forget T1.`,
    zh: `所有参与者都已确认：${c} 写下 END，可以忘掉 T1。`,
  }),
  asks: (p) => ({
    en: `${p} is in doubt and asks who may know the decision.`,
    zh: `${p} 不知道结果，向可能知道的节点询问。`,
  }),
  'stops asking': (p) => ({
    en: `${p} asks one last time, then waits: READY, with its locks held (only in the lab: a real one goes on asking).`,
    zh: `${p} 最后问一次，然后等待：仍是 READY，锁也不放（实验里如此，真实系统会一直问）。`,
  }),
  'aborts before its vote': (p) => ({
    en: `${p} has promised nothing yet, so it may abort alone.`,
    zh: `${p} 还没有作出承诺，可以自行放弃。`,
  }),
  'decides alone': (p) => ({
    en: `${p} is tired of waiting and decides alone, although it has promised not to.`,
    zh: `${p} 等得不耐烦，自行决定了，尽管它承诺过不这样做。`,
  }),
  commits: (p) => ({
    en: `${p} writes COMMIT with the redo value and releases its locks.`,
    zh: `${p} 写下 COMMIT，redo 值生效，释放锁。`,
  }),
  'rolls back': (p) => ({
    en: `${p} writes ABORT, keeps the undo value and releases its locks.`,
    zh: `${p} 写下 ABORT，保留 undo 值，释放锁。`,
  }),
  'knows already': (p) => ({ en: `${p} knows that already: nothing changes.`, zh: `${p} 已经知道：什么也不变。` }),
  'logs later': (p) => ({
    en: `${p} locks its number and votes YES at once; READY will be on its disk some time later.`,
    zh: `${p} 加锁，马上投 YES；READY 要过一会儿才落盘。`,
  }),
  'has its answers': (c) => ({
    en: `${c} has all the answers that it waited for, and is done.`,
    zh: `${c} 等的回答都到了，结束。`,
  }),
  calls: (c) => ({
    en: `${c} calls one service after the other; the first is under way.`,
    zh: `${c} 逐个调用各服务；第一个请求已发出。`,
  }),
  'adds once more': (p) => ({
    en: `${p} does the change once more: the message came twice.`,
    zh: `${p} 又做了一次修改：消息到了两次。`,
  }),
  'has decided otherwise': (p) => ({
    en: `${p} has decided otherwise and cannot take it back. Somebody has to mend this by hand.`,
    zh: `${p} 已作出相反的决定，收不回来了，只能人工修复。`,
  }),
  'knows nothing to commit': (p) => ({
    en: `${p} has no READY record: it has nothing to redo and cannot commit.`,
    zh: `${p} 没有 READY 记录：无从重做，也就无法提交。`,
  }),
  'does it at once': (p) => ({
    en: `${p} does its part at once, for all to see, and answers DONE.`,
    zh: `${p} 立即做完自己的部分，人人可见，然后回 DONE。`,
  }),
  'takes it back': (p) => ({ en: `${p} takes back what it had done.`, zh: `${p} 撤销了做过的事。` }),
  'tries again': (c) => ({
    en: `${c} has no answer and asks for the same once more.`,
    zh: `${c} 没等到回答，把同样的请求又发一遍。`,
  }),
  cancels: (c) => ({
    en: `${c} has no answer, takes it for a failure, and cancels what was done so far.`,
    zh: `${c} 没等到回答，当作失败，撤销已经做过的事。`,
  }),
};

/** What came in, and the last thing said about it: what a node decided, rather than that it asks. */
function sentence(moment: CommitMoment): Text | null {
  const { entry, flight } = moment;
  const last = entry?.told.at(-1);
  const own = last === undefined ? undefined : told[last.what]?.(last.node);
  if (entry === null || own === undefined) return null;
  const { happening } = entry;
  if (happening.kind === 'deliver' && flight !== null) {
    const { from, to, label } = flight;
    return { en: `${to} gets ${label} from ${from}. ${own.en}`, zh: `${to} 收到 ${from} 发来的 ${label}。${own.zh}` };
  }
  if (happening.kind === 'timer')
    return { en: `Time is up for ${happening.node}. ${own.en}`, zh: `${happening.node} 等到时间了。${own.zh}` };
  if (happening.kind === 'act' && happening.action.do === 'restart') {
    const { node } = happening.action;
    return { en: `${node} starts again. ${own.en}`, zh: `${node} 重新启动。${own.zh}` };
  }
  return own;
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
    decision: { en: 'decision', zh: '决定' },
    work: { en: 'its part', zh: '分工' },
    transaction: { en: 'transaction', zh: '事务' },
  },
  timers: {
    votes: { en: 'waiting for votes', zh: '等待投票' },
    resend: { en: 'until the decision is sent again', zh: '距重发决定' },
    prepare: { en: 'waiting for PREPARE', zh: '等待 PREPARE' },
    decision: { en: 'waiting for the decision', zh: '等待决定' },
    reply: { en: 'waiting for the reply', zh: '等待回答' },
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
