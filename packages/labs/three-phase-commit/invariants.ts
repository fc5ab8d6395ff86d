/** What must be true of every state of three-phase commit. */
import type { Invariant } from '../protocol.ts';
import type { Text } from '../text.ts';
import { broken, decided, kept, names, outcomeInvariants, silent } from '../two-phase-commit/outcomes.ts';
import type { Disk, Message, State } from './machine.ts';
import { outcomesOf, participantsOf } from './reading.ts';

type CommitInvariant = Invariant<State, Message, Disk>;

const { atomic, steady, once } = outcomeInvariants<State, Message, Disk>(outcomesOf);

/** `memory`: who has ever sent Yes. */
const unanimous: CommitInvariant = {
  id: 'unanimous',
  title: { en: 'COMMIT only after every Yes', zh: '全票 Yes 才能 COMMIT' },
  judge(moment, memory) {
    const before = (memory as readonly string[] | null) ?? [];
    const sent = moment.entry?.sent.filter(({ type, copyOf }) => type === 'Yes' && copyOf === null) ?? [];
    const yes = [...new Set([...before, ...sent.map(({ from }) => from)])];
    const committed = names(decided(outcomesOf(moment), 'COMMIT'));
    if (committed.en === '') return { judgement: silent('Nothing is committed.', '还没有任何提交。'), memory: yes };
    const missing = names(
      participantsOf(moment)
        .map(({ id }) => id)
        .filter((id) => !yes.includes(id)),
    );
    if (missing.en === '') {
      return { judgement: kept(`Yes was sent by ${names(yes).en}.`, `${names(yes).zh} 都投了 Yes。`), memory: yes };
    }
    const reason = {
      en: `${committed.en} committed without a Yes of ${missing.en}.`,
      zh: `${missing.zh} 没有投 Yes，${committed.zh} 却提交了。`,
    };
    return { judgement: broken(reason), memory: yes };
  },
};

interface Sure {
  readonly committed: readonly string[];
  readonly broken: Text | null;
}

/** Of those that run: a node that is down, or asks after it was, decides nothing by its clock. */
const certain: CommitInvariant = {
  id: 'certain',
  title: { en: 'Nobody commits while another is uncertain (WAIT)', zh: '有人尚未确定（WAIT）时，谁也不提交' },
  judge(moment, memory) {
    const before = (memory as Sure | null) ?? { committed: [], broken: null };
    const participants = participantsOf(moment);
    const committed = participants.filter(({ phase }) => phase === 'COMMIT').map(({ id }) => id);
    const uncertain = participants
      .filter(({ phase, up, recovering }) => up && !recovering && (phase === 'WAIT' || phase === 'INIT'))
      .map(({ id }) => id);
    const news = committed.filter((id) => !before.committed.includes(id));
    let wrong = before.broken;
    if (news.length > 0 && uncertain.length > 0) {
      wrong ??= {
        en: `${names(news).en} committed while ${names(uncertain).en} could still abort by its clock.`,
        zh: `${names(news).zh} 提交时，${names(uncertain).zh} 仍可能超时放弃。`,
      };
    }
    const next: Sure = { committed, broken: wrong };
    if (wrong !== null) return { judgement: broken(wrong), memory: next };
    if (committed.length > 0) {
      return {
        judgement: kept(
          'At the first COMMIT, nobody who ran was still in WAIT.',
          '第一个 COMMIT 发生时，运行中的节点没有谁还在 WAIT。',
        ),
        memory: next,
      };
    }
    if (uncertain.length > 0) {
      const who = names(uncertain);
      return {
        judgement: kept(`Uncertain: ${who.en}. Nobody has committed.`, `尚未确定：${who.zh}。还没有人提交。`),
        memory: next,
      };
    }
    return {
      judgement: silent('Nobody is uncertain, and nobody has committed.', '没有未确定的，也没有提交的。'),
      memory: next,
    };
  },
};

const records: Readonly<Record<string, string>> = {
  Yes: 'WAIT',
  PreCommit: 'PRECOMMIT',
  DoCommit: 'COMMIT',
  doAbort: 'ABORT',
  No: 'ABORT',
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
    for (const { from, type, copyOf } of moment.entry?.sent ?? []) {
      const record = copyOf === null ? records[type] : undefined;
      if (record === undefined) continue;
      count += 1;
      const log: readonly { readonly kind: string }[] = moment.nodes.get(from)?.disk.log ?? [];
      if (log.some(({ kind }) => kind === record)) continue;
      wrong ??= {
        en: `${from} sent ${type} before ${record} was on its disk.`,
        zh: `${from} 在 ${record} 落盘之前就发出了 ${type}。`,
      };
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

export const commitInvariants: readonly CommitInvariant[] = [atomic, unanimous, certain, steady, logFirst, once];
