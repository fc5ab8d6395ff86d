import { defineScenario } from '../../define-scenario.ts';
import type { Rule } from '../../scenario.ts';
import type { ZabDisk } from '../disk.ts';
import {
  follows,
  got,
  hasCommitted,
  hasLogged,
  isAcknowledged,
  leaderOf,
  leads,
  ONE_CLIENT,
  sent,
  THREE_SERVERS,
  told,
  wrote,
} from '../lessons.ts';
import type { ZabMessage } from '../messages.ts';
import { clientOf, serverOf, type ZabMoment } from '../node-views.ts';
import type { ZabState } from '../program.ts';
import { zabProtocol } from '../protocol.ts';

type ZabRule = Rule<ZabState, ZabMessage, ZabDisk>;

/** C1 asks for something once what it asked for before is answered. */
function asks(command: string, when: ZabRule['when']): ZabRule {
  return { when, act: [{ do: 'command', node: 'C1', command }] };
}

function hasCrashed({ entry }: ZabMoment): boolean {
  return entry?.happening.kind === 'act' && entry.happening.action.do === 'crash';
}

/** ZAB 4: what a quorum has logged outlives its leader. */
export const committedSurvives = defineScenario(zabProtocol, {
  id: 'zab-committed-survives',
  title: { en: 'The leader dies right after a commit', zh: '领导者刚提交就死去' },
  purpose: {
    en: 'S3 leads epoch 1. C1 creates /b, which becomes (1, 3). The PROPOSAL to S2 is slow; S3 and S1 are a quorum, S3 commits, tells C1 and S1, and dies. S2 has never heard of (1, 3). Will the ensemble still know of it afterwards?',
    zh: 'S3 领导 epoch 1。C1 创建 /b，成为 (1, 3)。发给 S2 的 PROPOSAL 很慢；S3 与 S1 已是多数派，S3 提交、答复 C1、通知 S1，然后死去。S2 从未听说过 (1, 3)。之后集群还会知道它吗？',
  },
  kind: 'lesson',
  settings: [],
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  begin: [],
  rules: [
    asks('connect S3', (moment) => follows(moment, 'S1') && follows(moment, 'S2') && moment.inFlight.size === 0),
    asks('create /a', (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0),
    asks('create /b', (moment) => isAcknowledged(moment, 'C1', 'create /a') && moment.inFlight.size === 0),
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create /b') && hasCommitted(moment, 'S1', 1, 3),
      act: (moment) => [
        { do: 'crash', node: 'S3' },
        // Nobody sends again what a dead server had under way.
        ...[...moment.inFlight.values()]
          .filter(({ from, to }) => from === 'S3' && to === 'S2')
          .map(({ id }) => ({ do: 'drop', message: id }) as const),
      ],
    },
    {
      when: hasCrashed,
      act: (moment) =>
        [...moment.inFlight.values()]
          .filter(({ from, to, type }) => from === 'S3' && to === 'S2' && type === 'close')
          .map(({ id }) => ({ do: 'deliver', message: id }) as const),
    },
  ],
  latencyMs: ({ from, to, label }) => {
    if (label.startsWith('PROPOSAL(1·3') && from === 'S3' && to === 'S2') return 400;
    return from === 'S3' ? 6 : 10;
  },
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'Three new servers. They will elect S3, as all have nothing and its id is the largest.',
        zh: '三台新服务器。大家都没有历史，S3 编号最大，将当选。',
      },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: { en: 'S3 leads epoch 1.', zh: 'S3 领导 epoch 1。' },
      mark: { en: 'S3 leads', zh: 'S3 领导' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·1'),
      text: { en: 'C1’s session is (1, 1).', zh: 'C1 的会话是 (1, 1)。' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·2'),
      text: { en: 'create /a is (1, 2). All three will have it.', zh: 'create /a 是 (1, 2)，三台都会记录它。' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·3'),
      text: {
        en: 'create /b is (1, 3). The PROPOSAL to S2 is slow.',
        zh: 'create /b 是 (1, 3)。发给 S2 的 PROPOSAL 很慢。',
      },
      mark: { en: 'PROPOSAL 1·3', zh: 'PROPOSAL 1·3' },
    },
    {
      when: (moment) => told(moment, 'S3', 'committed 1·3'),
      text: {
        en: 'S3 and S1 have (1, 3) on disk: two of three. S3 commits without waiting for S2, and tells C1 that it is done.',
        zh: 'S3 和 S1 的磁盘上都有 (1, 3)：三台中的两台。S3 不等 S2 就提交，并告诉 C1 已完成。',
      },
      mark: { en: 'COMMIT 1·3', zh: 'COMMIT 1·3' },
    },
    {
      when: hasCrashed,
      text: {
        en: 'S3 dies. What it had under way to S2 will never be sent again: of the two that are left only S1 has (1, 3).',
        zh: 'S3 死去。它发往 S2 途中的内容不会再重发：剩下的两台中只有 S1 有 (1, 3)。',
      },
      mark: { en: 'S3 dies', zh: 'S3 死去' },
    },
    {
      when: (moment) => got(moment, 'S2', 'Notification(leader 1, zxid 1·3'),
      text: {
        en: 'S2 hears of a longer log: 1·3 > 1·2. Its own id is larger, and that does not matter.',
        zh: 'S2 得知有更长的日志：1·3 > 1·2。它的编号虽大，也不起作用。',
      },
    },
    {
      when: (moment) => told(moment, 'S1', 'LEADING'),
      text: { en: 'S1 leads, and brings (1, 3) along.', zh: 'S1 当选，带着 (1, 3)。' },
      mark: { en: 'S1 leads', zh: 'S1 领导' },
    },
    {
      when: (moment) => wrote(moment, 'S2', 'append 1·3'),
      text: {
        en: 'DIFF has brought (1, 3) to S2: it is on a quorum of the living again, before anybody serves.',
        zh: 'DIFF 把 (1, 3) 带给了 S2：在任何一台开始服务之前，存活的多数派又都有了它。',
      },
    },
    {
      when: (moment) => leads(moment, 'S1'),
      text: {
        en: 'Epoch 2 begins with all that epoch 1 had committed. What C1 was told still holds.',
        zh: 'epoch 2 从 epoch 1 提交过的全部内容开始。C1 得到的答复依然成立。',
      },
      mark: { en: 'epoch 2', zh: 'epoch 2' },
    },
  ],
  predictions: [
    {
      id: 'without-s2',
      before: (moment) => wrote(moment, 'S3', 'append 1·3') || got(moment, 'S1', 'PROPOSAL(1·3'),
      question: {
        en: 'The PROPOSAL of (1, 3) takes very long to S2. Will C1 be told that /b is there before S2 has it?',
        zh: '(1, 3) 的 PROPOSAL 要很久才到 S2。C1 会在 S2 拿到它之前就得到 /b 已创建的答复吗？',
      },
      options: [
        { id: 'yes', text: { en: 'Yes: S3 and S1 are enough', zh: '会：S3 和 S1 就够了' } },
        { id: 'no', text: { en: 'No: S3 waits for all followers', zh: '不会：S3 要等所有跟随者' } },
      ],
      settle: (moment) =>
        isAcknowledged(moment, 'C1', 'create /b') ? (hasLogged(moment, 'S2', 1, 3) ? 'no' : 'yes') : null,
      otherwise: 'no',
      because: {
        en: 'A quorum of logs is enough for a commit. The slowest server slows nobody down.',
        zh: '多数派的日志足以提交。最慢的服务器不会拖慢别人。',
      },
    },
    {
      id: 'who-leads',
      before: (moment) =>
        got(moment, 'S2', 'Notification(leader 1, zxid 1·3') || got(moment, 'S1', 'Notification(leader 2, zxid 1·2'),
      question: {
        en: 'S3 is dead. S1 ends at 1·3, S2 at 1·2. Who leads, and what becomes of (1, 3)?',
        zh: 'S3 已死。S1 止于 1·3，S2 止于 1·2。谁领导？(1, 3) 会怎样？',
      },
      options: [
        { id: 'S2', text: { en: 'S2 leads, its id is larger; (1, 3) is lost', zh: 'S2 领导，编号更大；(1, 3) 丢失' } },
        { id: 'S1-kept', text: { en: 'S1 leads; S2 gets (1, 3)', zh: 'S1 领导；S2 得到 (1, 3)' } },
        { id: 'S1-cut', text: { en: 'S1 leads; it cuts (1, 3) off', zh: 'S1 领导；它截掉 (1, 3)' } },
      ],
      settle: (moment) => {
        const leader = leaderOf(moment);
        if (leader === null || leader === 'S3') return null;
        if (leader === 'S2') return 'S2';
        return hasLogged(moment, 'S1', 1, 3) ? 'S1-kept' : 'S1-cut';
      },
      otherwise: 'S2',
      because: {
        en: 'Votes go to the longest log. A committed transaction is on a quorum, every election needs a quorum, and two quorums share a server: it is never outvoted.',
        zh: '选票投给最长的日志。已提交的事务在某个多数派上，选举也要多数派，两个多数派必有交集：它不会被票数压过。',
      },
    },
  ],
  goals: [],
  ends: (moment) => leads(moment, 'S1') && follows(moment, 'S2') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S1 leads epoch 2', zh: 'S1 领导 epoch 2' },
      holds: (moment) => leads(moment, 'S1') && serverOf(moment, 'S1')?.server.epoch === 2,
    },
    {
      text: { en: 'S1 and S2 have committed (1, 3)', zh: 'S1 和 S2 都提交了 (1, 3)' },
      holds: (moment) => hasCommitted(moment, 'S1', 1, 3) && hasCommitted(moment, 'S2', 1, 3),
    },
  ],
  breaks: () => [],
});
