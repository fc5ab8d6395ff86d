/** What must be true of every state of two-phase commit. */
import type { Invariant } from '../protocol.ts';
import type { Text } from '../text.ts';
import type { Disk, Message, State } from './machine.ts';
import { broken, decided, kept, names, type Outcome, outcomeInvariants, silent } from './outcomes.ts';
import { type CommitMoment, coordinatorOf, participantsOf } from './reading.ts';

type CommitInvariant = Invariant<State, Message, Disk>;

function outcomesOf(moment: CommitMoment): readonly Outcome[] {
  const { id, decision } = coordinatorOf(moment);
  const participants = participantsOf(moment).map(({ id: node, phase, disk }): Outcome => {
    return { id: node, decision: phase === 'COMMIT' || phase === 'ABORT' ? phase : null, value: disk.value };
  });
  return [{ id, decision, value: null }, ...participants];
}

const { atomic, steady, once } = outcomeInvariants<State, Message, Disk>(outcomesOf);

/** `memory`: who has ever sent YES. */
const unanimous: CommitInvariant = {
  id: 'unanimous',
  title: { en: 'COMMIT only after every YES', zh: '全票 YES 才能 COMMIT' },
  judge(moment, memory) {
    const before = (memory as readonly string[] | null) ?? [];
    const now =
      moment.entry?.sent.filter((sent) => sent.type === 'YES' && sent.copyOf === null).map((sent) => sent.from) ?? [];
    const yes = [...before, ...now.filter((node) => !before.includes(node))];
    const committed = decided(outcomesOf(moment), 'COMMIT');
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
        before.ready.length > 0 || participants.some((node) => node.disk.log.some(({ kind }) => kind === 'READY'))
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

export const commitInvariants: readonly CommitInvariant[] = [atomic, unanimous, steady, obedient, logFirst, once];
