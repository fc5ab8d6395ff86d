import { defineScenario } from '../../define-scenario.ts';
import { follows, got, hasLogged, leads, THREE_ALONE, told } from '../lessons.ts';
import { serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';
import { uncommittedDisks } from './uncommitted-disks.ts';

/** ZAB 5, the first form: the old leader is back before the new epoch has committed anything. */
export const leaderOnlyTruncated = defineScenario(zabProtocol, {
  id: 'zab-leader-only-truncated',
  title: { en: 'Logged by the leader alone: back early', zh: '只有旧领导者记录：回来得早' },
  purpose: {
    en: 'S1 led epoch 1, logged (1, 4), and died before a follower had it. S2 and S3, which end at (1, 3), elect a leader of epoch 2. Then S1 comes back, before epoch 2 has committed anything. Nobody was ever told that (1, 4) is done.',
    zh: 'S1 领导 epoch 1 时记录了 (1, 4)，在任何跟随者收到之前死去。止于 (1, 3) 的 S2、S3 选出 epoch 2 的领导者。在 epoch 2 提交任何内容之前，S1 回来了。从没有人得到过 (1, 4) 已完成的答复。',
  },
  kind: 'lesson',
  settings: [],
  nodes: THREE_ALONE,
  disks: uncommittedDisks,
  down: ['S1'],
  begin: [],
  rules: [
    {
      when: (moment) => leads(moment, 'S3') && follows(moment, 'S2') && moment.inFlight.size === 0,
      act: [{ do: 'restart', node: 'S1' }],
    },
  ],
  latencyMs: ({ to }) => (to === 'S1' ? 12 : 8),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'S1 is dead; on its disk is (1, 4), which no other server has. S2 and S3 look for a leader.',
        zh: 'S1 已死，它的磁盘上有 (1, 4)，别的服务器都没有。S2、S3 开始寻找领导者。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => got(moment, 'S2', 'Notification(leader 3'),
      text: {
        en: 'Both end at 1·3 in epoch 1: the larger id wins. S2 votes for S3.',
        zh: '两台都止于 epoch 1 的 1·3：编号大者胜，S2 改投 S3。',
      },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'S3 leads epoch 2 with a history that ends at (1, 3). It does not know of (1, 4), and owes it to nobody.',
        zh: 'S3 领导 epoch 2，历史止于 (1, 3)。它不知道 (1, 4)，也不欠任何人。',
      },
      mark: { en: 'epoch 2', zh: 'epoch 2' },
    },
    {
      when: (moment) => told(moment, 'S1', 'LOOKING'),
      text: {
        en: 'S1 comes back. Its vote (epoch 1, zxid 1·4) would beat those of the others, but there is no election any more.',
        zh: 'S1 回来了。它的选票 (epoch 1, zxid 1·4) 本可胜出，但选举早已结束。',
      },
      mark: { en: 'S1 is back', zh: 'S1 回来' },
    },
    {
      when: (moment) => told(moment, 'S1', 'FOLLOWING'),
      text: {
        en: 'S1 joins. In ACKEPOCH it will say where its log ends: 1·4.',
        zh: 'S1 加入。它会在 ACKEPOCH 中报告自己日志的末尾：1·4。',
      },
    },
    {
      when: (moment) => got(moment, 'S1', 'TRUNC'),
      text: {
        en: 'The leader’s newest transaction is (1, 3), and S1 is ahead of it: TRUNC(1·3). S1 cuts (1, 4) off its log. Struck through: it was logged, and never happened.',
        zh: '领导者最新的事务是 (1, 3)，S1 反而超前：TRUNC(1·3)。S1 从日志中截掉 (1, 4)。带删除线的记录：写过日志，但从未发生。',
      },
      mark: { en: 'TRUNC', zh: 'TRUNC' },
    },
    {
      when: (moment) => follows(moment, 'S1'),
      text: {
        en: 'S1 follows S3 with the same history as all. The number (1, 4) will never be given again: epoch 2 counts from (2, 1).',
        zh: 'S1 跟随 S3，历史与大家相同。(1, 4) 这个编号不会再用：epoch 2 从 (2, 1) 数起。',
      },
    },
  ],
  predictions: [
    {
      id: 'who-leads',
      before: (moment) => got(moment, 'S2', 'Notification(leader 3') || got(moment, 'S3', 'Notification(leader 2'),
      question: {
        en: 'S2 and S3 both end at (1, 3). S1, which has (1, 4), is dead. What happens?',
        zh: 'S2 和 S3 都止于 (1, 3)。拥有 (1, 4) 的 S1 已死。会怎样？',
      },
      options: [
        { id: 'S2', text: { en: 'S2 leads', zh: 'S2 领导' } },
        { id: 'S3', text: { en: 'S3 leads', zh: 'S3 领导' } },
        { id: 'wait', text: { en: 'They wait for S1 and its (1, 4)', zh: '它们等 S1 和它的 (1, 4)' } },
      ],
      settle: (moment) =>
        ['S2', 'S3'].find((id) => told(moment, id, 'LEADING')) ?? (told(moment, 'S1', 'LOOKING') ? 'wait' : null),
      otherwise: 'wait',
      because: {
        en: 'A quorum decides with what it has. (1, 4) was on one disk of three, so it was not committed, and nobody has to wait for it.',
        zh: '多数派凭现有内容决定。(1, 4) 只在三块磁盘中的一块上，没有提交，不必等它。',
      },
    },
    {
      id: 'fate',
      before: (moment) => ['TRUNC', 'DIFF', 'SNAP'].some((mode) => got(moment, 'S1', mode)),
      question: {
        en: 'S1 has told S3 that its log ends at 1·4. S3 ends at 1·3, and epoch 2 has no transaction yet. What becomes of (1, 4)?',
        zh: 'S1 告诉 S3 自己的日志止于 1·4。S3 止于 1·3，epoch 2 还没有任何事务。(1, 4) 会怎样？',
      },
      options: [
        { id: 'TRUNC', text: { en: 'S1 cuts it off (TRUNC)', zh: 'S1 截掉它（TRUNC）' } },
        {
          id: 'SNAP',
          text: { en: 'S1 gets a whole snapshot instead of its log (SNAP)', zh: 'S1 用整份快照替换日志（SNAP）' },
        },
        { id: 'kept', text: { en: 'S3 takes it over and commits it', zh: 'S3 接收并提交它' } },
      ],
      settle: (moment) => {
        const mode = serverOf(moment, 'S1')?.sync ?? null;
        if (!follows(moment, 'S1')) return null;
        return hasLogged(moment, 'S1', 1, 4) ? 'kept' : mode === 'DIFF' ? 'kept' : mode;
      },
      otherwise: 'kept',
      because: {
        en: 'All of S1’s log up to 1·3 is the leader’s, and what stands behind it is not: cutting that off is enough.',
        zh: 'S1 的日志到 1·3 为止与领导者相同，之后的不是：截掉那部分就够了。',
      },
    },
  ],
  goals: [],
  ends: (moment) => follows(moment, 'S1') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S3 leads, S1 follows', zh: 'S3 领导，S1 跟随' },
      holds: (moment) => leads(moment, 'S3') && follows(moment, 'S1'),
    },
    {
      text: { en: 'S1 was truncated to (1, 3)', zh: 'S1 被截断到 (1, 3)' },
      holds: (moment) =>
        serverOf(moment, 'S1')?.sync === 'TRUNC' && hasLogged(moment, 'S1', 1, 3) && !hasLogged(moment, 'S1', 1, 4),
    },
  ],
  breaks: () => [],
});
