import { defineScenario } from '../../define-scenario.ts';
import { type GivenTxn, zabDisk } from '../disk.ts';
import { follows, got, hasCommitted, leaderOf, leads, sent, THREE_ALONE, told, wrote } from '../lessons.ts';
import { serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

/** What a server had when S2 died: all from before (1, 94) in a snapshot, the newest in the log. */
function diskUpTo(counter: number): ReturnType<typeof zabDisk> {
  const log = Array.from({ length: counter - 93 }, (_, i): GivenTxn => [1, 94 + i, `/n${94 + i}`]);
  return zabDisk({ acceptedEpoch: 1, currentEpoch: 1, snapshotAt: [1, 93], log });
}

/** ZAB 2: the leader has died; the longer log beats the larger id. */
export const zxidBeatsId = defineScenario(zabProtocol, {
  id: 'zab-zxid-beats-id',
  title: { en: 'The leader dies: who comes next?', zh: '领导者死去：谁来接任？' },
  purpose: {
    en: 'S2 has led epoch 1 and is dead. S1 has logged all up to zxid (1, 99), S3 only up to (1, 95). A zxid is one number of 64 bits, the epoch in the upper half and a counter in the lower: (1, 99) is 0x100000063.',
    zh: 'S2 领导过 epoch 1，现已死去。S1 的日志到 zxid (1, 99)，S3 只到 (1, 95)。zxid 是一个 64 位数：高 32 位是 epoch，低 32 位是计数器，(1, 99) 即 0x100000063。',
  },
  kind: 'lesson',
  settings: [],
  nodes: THREE_ALONE,
  disks: () => ({ S1: diskUpTo(99), S2: diskUpTo(99), S3: diskUpTo(95) }),
  down: ['S2'],
  begin: [],
  rules: [],
  latencyMs: ({ to }) => (to === 'S2' ? 8 : 12),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'The connections to S2 have broken. S1 is LOOKING and votes for itself with zxid (1, 99): 0x100000063 = 1 · 2³² + 99. Cards and labels write it in hex, 1·63.',
        zh: '与 S2 的连接已断开。S1 进入 LOOKING，以 zxid (1, 99) 投自己：0x100000063 = 1 · 2³² + 99。卡片和标签用十六进制写作 1·63。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => moment.n === 2,
      text: {
        en: 'S3 votes for itself with zxid (1, 95), in hex 1·5f. Its id is larger, its log is shorter.',
        zh: 'S3 以 zxid (1, 95) 投自己，十六进制为 1·5f。它编号更大，但日志更短。',
      },
    },
    {
      when: (moment) => got(moment, 'S3', 'Notification(leader 1') && sent(moment, 'Notification(leader 1'),
      text: {
        en: 'The epochs are equal, so the zxids are compared next: (1, 99) > (1, 95). The ids are not looked at any more. S3 votes for S1.',
        zh: 'epoch 相同，接着比较 zxid：(1, 99) > (1, 95)，编号不再参与比较。S3 改投 S1。',
      },
    },
    {
      when: (moment) => told(moment, 'S1', 'LEADING'),
      text: {
        en: 'Two of three votes: S1 leads. It will propose the epoch after the largest acceptedEpoch that a quorum tells: e′ = 1 + 1.',
        zh: '三票得两票：S1 领导。新 epoch 取多数派所报 acceptedEpoch 的最大值加一：e′ = 1 + 1。',
      },
      mark: { en: 'S1 leads', zh: 'S1 领导' },
    },
    {
      when: (moment) => wrote(moment, 'S3', 'acceptedEpoch 2'),
      text: {
        en: 'S3 has promised: from here on it follows no leader of an older epoch, so S2 cannot come back and go on with epoch 1.',
        zh: 'S3 已作出承诺：今后不再跟随更旧 epoch 的领导者，S2 即使回来也无法继续 epoch 1。',
      },
      mark: { en: 'epoch 2', zh: 'epoch 2' },
    },
    {
      when: (moment) => got(moment, 'S3', 'DIFF'),
      text: {
        en: 'S3 ends at (1, 95), and S1 has the four transactions behind it: DIFF sends those only.',
        zh: 'S3 止于 (1, 95)，而 S1 有其后的四个事务：DIFF 只发送这四个。',
      },
    },
    {
      when: (moment) => leads(moment, 'S1'),
      text: {
        en: 'S3 has logged the same history and says so. All of it is committed now; the next transaction will be (2, 1).',
        zh: 'S3 已记录同样的历史并确认。这段历史现在全部提交；下一个事务将是 (2, 1)。',
      },
      mark: { en: 'served again', zh: '恢复服务' },
    },
  ],
  predictions: [
    {
      id: 'who-leads',
      before: (moment) => got(moment, 'S3', 'Notification(leader 1') || got(moment, 'S1', 'Notification(leader 3'),
      question: {
        en: 'Both are in epoch 1. S1 ends at zxid (1, 99), S3 at (1, 95). Who will lead?',
        zh: '两台都在 epoch 1。S1 止于 zxid (1, 99)，S3 止于 (1, 95)。谁会成为领导者？',
      },
      options: [
        { id: 'S1', text: { en: 'S1: its log is longer', zh: 'S1：它的日志更长' } },
        { id: 'S3', text: { en: 'S3: its id is larger', zh: 'S3：它的编号更大' } },
        { id: 'nobody', text: { en: 'Nobody, without S2', zh: '没有 S2，谁也不行' } },
      ],
      settle: (moment) => ['S1', 'S3'].find((id) => told(moment, id, 'LEADING')) ?? null,
      otherwise: 'nobody',
      because: {
        en: 'Votes are compared by epoch, then zxid, then id: 99 beats 95 before ids are looked at. Two of three are a quorum.',
        zh: '选票依次比较 epoch、zxid、编号：还没比到编号，99 已胜过 95。三台中的两台就是多数派。',
      },
    },
    {
      id: 'log-of-s3',
      before: (moment) => got(moment, 'S3', 'DIFF') || got(moment, 'S3', 'SNAP') || got(moment, 'S3', 'TRUNC'),
      question: {
        en: 'Where will the log of S3 end when it serves again?',
        zh: 'S3 恢复服务时，它的日志止于哪里？',
      },
      options: [
        { id: '95', text: { en: '(1, 95): what it had', zh: '(1, 95)：它原有的' } },
        { id: '99', text: { en: '(1, 99): what S1 has', zh: '(1, 99)：S1 所有的' } },
        { id: 'new', text: { en: '(2, 1): the new epoch begins a new log', zh: '(2, 1)：新 epoch 另起日志' } },
      ],
      settle: (moment) => {
        if (!follows(moment, 'S3')) return null;
        const last = serverOf(moment, 'S3')?.disk.log.at(-1)?.zxid;
        return last === 0x100000063n ? '99' : last === 0x10000005fn ? '95' : 'new';
      },
      otherwise: '95',
      because: {
        en: 'Before a leader serves, a quorum has its whole history. A new epoch starts the counter again, it does not throw away what is there.',
        zh: '领导者开始服务之前，多数派必须已有它的全部历史。新 epoch 只是计数器重新开始，并不丢弃已有的内容。',
      },
    },
  ],
  goals: [],
  ends: (moment) => leaderOf(moment) !== null && follows(moment, 'S3') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S1 leads epoch 2', zh: 'S1 领导 epoch 2' },
      holds: (moment) => leads(moment, 'S1') && serverOf(moment, 'S1')?.server.epoch === 2,
    },
    {
      text: { en: 'S3 has committed (1, 99)', zh: 'S3 已提交 (1, 99)' },
      holds: (moment) => hasCommitted(moment, 'S3', 1, 99),
    },
  ],
  breaks: () => [],
});
