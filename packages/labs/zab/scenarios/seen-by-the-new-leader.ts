import { defineScenario } from '../../define-scenario.ts';
import { follows, got, hasCommitted, leaderOf, leads, sent, THREE_ALONE, told } from '../lessons.ts';
import { serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';
import { uncommittedDisks } from './uncommitted-disks.ts';

/** ZAB 6: an uncommitted proposal that the new leader has seen is committed. */
export const seenByTheNewLeader = defineScenario(zabProtocol, {
  id: 'zab-seen-by-the-new-leader',
  title: { en: 'Uncommitted, but the new leader has it', zh: '未提交，但新领导者有它' },
  purpose: {
    en: 'The same disks once more: only S1 has (1, 4), it was never committed, and its client was told nothing. But this time S1 is back before the others have elected anybody. What becomes of (1, 4) now?',
    zh: '还是同样的磁盘：只有 S1 有 (1, 4)，它从未提交，客户端也没有得到答复。但这次 S1 在别人选出领导者之前就回来了。这一次 (1, 4) 会怎样？',
  },
  kind: 'lesson',
  settings: [],
  nodes: THREE_ALONE,
  disks: uncommittedDisks,
  begin: [],
  rules: [],
  latencyMs: ({ from, to }) => (from === 'S1' || to === 'S1' ? 9 : 12),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'S1 has (1, 4), alone. It is back in time for the election.',
        zh: '只有 S1 有 (1, 4)，它赶上了这次选举。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => got(moment, 'S2', 'Notification(leader 1') || got(moment, 'S3', 'Notification(leader 1'),
      text: {
        en: '1·4 > 1·3: the longest log wins again. A vote tells what is logged, not what is committed.',
        zh: '1·4 > 1·3：又是最长的日志胜出。选票说的是记录到哪里，而不是提交到哪里。',
      },
    },
    {
      when: (moment) => told(moment, 'S1', 'LEADING'),
      text: {
        en: 'S1 leads, and does not know itself whether (1, 4) was committed: perhaps a follower that is gone had it, and a client was told.',
        zh: 'S1 当选。它自己也不知道 (1, 4) 是否提交过：也许某个已离开的跟随者有它，客户端也得到过答复。',
      },
      mark: { en: 'S1 leads', zh: 'S1 领导' },
    },
    {
      when: (moment) => got(moment, 'S2', 'PROPOSAL(1·4') || got(moment, 'S3', 'PROPOSAL(1·4'),
      text: {
        en: 'So it brings (1, 4) to all, under its old number: throwing it away could break a promise, keeping it breaks none.',
        zh: '于是它把 (1, 4) 按原编号带给大家：丢掉可能违背承诺，保留则不会违背任何承诺。',
      },
      mark: { en: '1·4 spreads', zh: '1·4 传开' },
    },
    {
      when: (moment) => leads(moment, 'S1'),
      text: {
        en: 'A quorum has acknowledged NEWLEADER, and with it the whole history: (1, 4) is committed now, in epoch 2. The client that lost its connection may find its write done after all.',
        zh: '多数派确认了 NEWLEADER，也就确认了全部历史：(1, 4) 现在提交了，是在 epoch 2 里。当时断开连接的客户端可能会发现自己的写入其实成功了。',
      },
      mark: { en: '1·4 is committed', zh: '1·4 已提交' },
    },
  ],
  predictions: [
    {
      id: 'who-leads',
      before: (moment) => moment.entry?.happening.kind === 'deliver',
      question: {
        en: 'S1 ends at 1·4, which was never committed; S2 and S3 end at 1·3. Who will lead?',
        zh: 'S1 止于从未提交过的 1·4；S2、S3 止于 1·3。谁会成为领导者？',
      },
      options: [
        { id: 'S1', text: { en: 'S1: its log is the longest', zh: 'S1：日志最长' } },
        { id: 'S2', text: { en: 'S2: a middle way', zh: 'S2：折中' } },
        { id: 'S3', text: { en: 'S3: what is not committed does not count', zh: 'S3：未提交的不算数' } },
      ],
      settle: (moment) => ['S1', 'S2', 'S3'].find((id) => told(moment, id, 'LEADING')) ?? null,
      otherwise: 'S3',
      because: {
        en: 'Nobody can tell by a log alone what was committed, so what is logged counts.',
        zh: '单凭日志谁也看不出哪些提交过，所以看的是记录到哪里。',
      },
    },
    {
      id: 'fate',
      before: (moment) => sent(moment, 'NEWLEADER'),
      question: {
        en: 'No quorum ever had (1, 4), and no client was told that it is done. What does the new leader do with it?',
        zh: '从没有多数派拥有过 (1, 4)，也没有客户端得到过答复。新领导者会怎样处理它？',
      },
      options: [
        { id: 'dropped', text: { en: 'It drops it: it was not committed', zh: '丢弃：它没有提交' } },
        { id: 'committed', text: { en: 'It has it committed, as (1, 4)', zh: '以 (1, 4) 提交它' } },
        { id: 'again', text: { en: 'It proposes it anew, as (2, 1)', zh: '以 (2, 1) 重新提议' } },
      ],
      settle: (moment) => {
        if (leaderOf(moment) === null || !follows(moment, 'S2')) return null;
        if (hasCommitted(moment, 'S2', 1, 4)) return 'committed';
        return hasCommitted(moment, 'S2', 2, 1) ? 'again' : 'dropped';
      },
      otherwise: 'dropped',
      because: {
        en: 'The history of an epoch begins with all that its leader has logged; NEWLEADER is acknowledged only when a quorum has it. An easy mistake: “not committed” does not mean “will be discarded”.',
        zh: '一个 epoch 的历史从领导者记录的全部内容开始；多数派都有了它们，才会确认 NEWLEADER。常见误解：“未提交”并不等于“会被丢弃”。',
      },
    },
  ],
  goals: [],
  ends: (moment) => leads(moment, 'S1') && follows(moment, 'S2') && follows(moment, 'S3') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S1 leads epoch 2', zh: 'S1 领导 epoch 2' },
      holds: (moment) => leads(moment, 'S1') && serverOf(moment, 'S1')?.server.epoch === 2,
    },
    {
      text: { en: 'All have committed (1, 4)', zh: '三台都提交了 (1, 4)' },
      holds: (moment) => ['S1', 'S2', 'S3'].every((id) => hasCommitted(moment, id, 1, 4)),
    },
  ],
  breaks: () => [],
});
