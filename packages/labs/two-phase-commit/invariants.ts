/** What must be true of every state of two-phase commit. */
import type { Invariant, Judgement } from '../protocol.ts';
import type { Text } from '../text.ts';
import { type Decision, type Disk, decisionOf, type Message, type State, workOf } from './machine.ts';
import { type CommitMoment, coordinatorOf, participantsOf } from './reading.ts';

type CommitInvariant = Invariant<State, Message, Disk>;

const kept = (en: string, zh: string): Judgement => ({ holds: true, reason: { en, zh } });
const broken = (reason: Text): Judgement => ({ holds: false, reason });
const silent = (en: string, zh: string): Judgement => ({ holds: null, reason: { en, zh } });

function names(nodes: readonly string[]): Text {
  return { en: nodes.join(', '), zh: nodes.join('、') };
}

function decided(moment: CommitMoment, decision: Decision): readonly string[] {
  const nodes = participantsOf(moment)
    .filter((node) => node.phase === decision)
    .map((node) => node.id);
  const coordinator = coordinatorOf(moment);
  return coordinator.decision === decision ? [coordinator.id, ...nodes] : nodes;
}

const atomic: CommitInvariant = {
  id: 'atomic',
  title: { en: 'No COMMIT beside ABORT', zh: 'COMMIT 与 ABORT 不并存' },
  judge(moment) {
    const committed = decided(moment, 'COMMIT');
    const aborted = decided(moment, 'ABORT');
    const [c, a] = [names(committed), names(aborted)];
    if (committed.length > 0 && aborted.length > 0) {
      const reason = {
        en: `COMMIT on ${c.en}, ABORT on ${a.en}: half of T1 has happened.`,
        zh: `${c.zh} 是 COMMIT，${a.zh} 却是 ABORT：T1 只发生了一半。`,
      };
      return { judgement: broken(reason), memory: null };
    }
    if (committed.length > 0)
      return {
        judgement: kept(`All that is decided is COMMIT: ${c.en}.`, `已作出的决定都是 COMMIT：${c.zh}。`),
        memory: null,
      };
    if (aborted.length > 0)
      return {
        judgement: kept(`All that is decided is ABORT: ${a.en}.`, `已作出的决定都是 ABORT：${a.zh}。`),
        memory: null,
      };
    return { judgement: silent('Nobody has decided yet.', '还没有人作出决定。'), memory: null };
  },
};

/** `memory`: who has ever sent YES. */
const unanimous: CommitInvariant = {
  id: 'unanimous',
  title: { en: 'COMMIT only after every YES', zh: '全票 YES 才能 COMMIT' },
  judge(moment, memory) {
    const before = (memory as readonly string[] | null) ?? [];
    const now =
      moment.entry?.sent.filter((sent) => sent.type === 'YES' && sent.copyOf === null).map((sent) => sent.from) ?? [];
    const yes = [...before, ...now.filter((node) => !before.includes(node))];
    const committed = decided(moment, 'COMMIT');
    const missing = participantsOf(moment)
      .map((node) => node.id)
      .filter((node) => !yes.includes(node));
    if (committed.length === 0) return { judgement: silent('Nothing is committed.', '还没有任何提交。'), memory: yes };
    if (missing.length > 0) {
      const [c, m] = [names(committed), names(missing)];
      const reason = {
        en: `${c.en} committed without a YES of ${m.en}.`,
        zh: `${m.zh} 没有投 YES，${c.zh} 却提交了。`,
      };
      return { judgement: broken(reason), memory: yes };
    }
    return { judgement: kept(`YES was sent by ${names(yes).en}.`, `${names(yes).zh} 都投了 YES。`), memory: yes };
  },
};

interface Flips {
  readonly decisions: Readonly<Record<string, Decision>>;
  readonly flipped: Text | null;
}

const steady: CommitInvariant = {
  id: 'steady',
  title: { en: 'A decision never changes', zh: '决定不可更改' },
  judge(moment, memory) {
    const before = (memory as Flips | null) ?? { decisions: {}, flipped: null };
    const decisions: Record<string, Decision> = { ...before.decisions };
    let { flipped } = before;
    const look = (node: string, decision: Decision | null) => {
      const was = decisions[node];
      if (was !== undefined && was !== decision) {
        const en = `${node} had decided ${was}, ${decision === null ? 'and no longer knows it' : `then ${decision}`}.`;
        const zh = `${node} 先决定了 ${was}，${decision === null ? '后来却不记得了' : `后来又变成 ${decision}`}。`;
        flipped ??= { en, zh };
      } else if (decision !== null) decisions[node] = decision;
    };
    for (const { id, phase } of participantsOf(moment))
      look(id, phase === 'COMMIT' || phase === 'ABORT' ? phase : null);
    const coordinator = coordinatorOf(moment);
    // Only what is on its disk: a coordinator that is down still has its decision.
    if (coordinator.disk.log.length > 0 || decisions[coordinator.id] !== undefined)
      look(coordinator.id, coordinator.decision);
    const next: Flips = { decisions, flipped };
    if (flipped !== null) return { judgement: broken(flipped), memory: next };
    const who = names(Object.keys(decisions));
    if (who.en === '') return { judgement: silent('Nobody has decided yet.', '还没有人作出决定。'), memory: next };
    return { judgement: kept(`Decided for good: ${who.en}.`, `已作出最终决定：${who.zh}。`), memory: next };
  },
};

interface Doubts {
  readonly ready: readonly string[];
  readonly broken: Text | null;
}

const obedient: CommitInvariant = {
  id: 'obedient',
  title: { en: 'READY never decides alone', zh: 'READY 不得自行决定' },
  judge(moment, memory) {
    const before = (memory as Doubts | null) ?? { ready: [], broken: null };
    const participants = participantsOf(moment);
    const { happening } = moment.entry ?? {};
    const type = moment.flight?.message.type;
    let wrong = before.broken;
    for (const { id, phase } of participants) {
      if (!before.ready.includes(id) || (phase !== 'COMMIT' && phase !== 'ABORT')) continue;
      const told = happening?.kind === 'deliver' && happening.node === id && (type === 'COMMIT' || type === 'ROLLBACK');
      if (!told) {
        wrong ??= {
          en: `${id} had voted YES and went to ${phase} without being told: a heuristic decision.`,
          zh: `${id} 投过 YES，没有接到通知就自行进入 ${phase}：这是启发式决定。`,
        };
      }
    }
    const ready = participants.filter((node) => node.phase === 'READY').map((node) => node.id);
    const next: Doubts = { ready, broken: wrong };
    if (wrong !== null) return { judgement: broken(wrong), memory: next };
    if (ready.length > 0)
      return {
        judgement: kept(
          `In READY and waiting to be told: ${names(ready).en}.`,
          `处于 READY、等待通知：${names(ready).zh}。`,
        ),
        memory: next,
      };
    return {
      judgement:
        before.ready.length > 0 || participants.some((node) => decisionOf(node.disk.log) !== null)
          ? kept('Whoever was in READY was told.', '曾处于 READY 的都得到了通知。')
          : silent('Nobody has voted YES yet.', '还没有人投 YES。'),
      memory: next,
    };
  },
};

const logFirst: CommitInvariant = {
  id: 'logFirst',
  title: { en: 'Log first, then send', zh: '先写日志，再发消息' },
  judge(moment, memory) {
    const before = (memory as { readonly count: number; readonly broken: Text | null } | null) ?? {
      count: 0,
      broken: null,
    };
    let { count, broken: wrong } = before;
    for (const sent of moment.entry?.sent ?? []) {
      if (sent.copyOf !== null) continue;
      const record =
        sent.type === 'YES' ? 'READY' : sent.type === 'COMMIT' ? 'COMMIT' : sent.type === 'ROLLBACK' ? 'ABORT' : null;
      const log: readonly { readonly kind: string }[] = moment.nodes.get(sent.from)?.disk.log ?? [];
      if (record === null) continue;
      count += 1;
      if (!log.some((each) => each.kind === record)) {
        wrong ??= {
          en: `${sent.from} sent ${sent.type} before ${record} was on its disk.`,
          zh: `${sent.from} 在 ${record} 落盘之前就发出了 ${sent.type}。`,
        };
      }
    }
    const next = { count, broken: wrong };
    if (wrong !== null) return { judgement: broken(wrong), memory: next };
    if (count === 0)
      return { judgement: silent('No vote and no decision has been sent.', '还没有发出投票或决定。'), memory: next };
    return {
      judgement: kept(
        `${count} votes and decisions sent, each after its record.`,
        `发出的 ${count} 条投票和决定都在日志之后。`,
      ),
      memory: next,
    };
  },
};

const once: CommitInvariant = {
  id: 'once',
  title: { en: 'Every change is made exactly once, or not at all', zh: '每项修改恰好做一次，或完全不做' },
  judge(moment) {
    for (const { id, disk, phase } of participantsOf(moment)) {
      const { key, start, add } = workOf(id);
      const expected = phase === 'COMMIT' ? start + add : start;
      if (disk.value === expected) continue;
      const reason = {
        en: `${id} is in ${phase}, so ${key} should be ${expected}, but it is ${disk.value}.`,
        zh: `${id} 处于 ${phase}，${key} 应为 ${expected}，实际却是 ${disk.value}。`,
      };
      return { judgement: broken(reason), memory: null };
    }
    const now = participantsOf(moment).map(({ id, disk }) => `${workOf(id).key} = ${disk.value}`);
    return { judgement: kept(`${names(now).en}.`, `${names(now).zh}。`), memory: null };
  },
};

export const commitInvariants: readonly CommitInvariant[] = [atomic, unanimous, steady, obedient, logFirst, once];
