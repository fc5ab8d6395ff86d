import { defineScenario } from '../../define-scenario.ts';
import { follows, got, hasLogged, leads, ONE_CLIENT, THREE_SERVERS, told } from '../lessons.ts';
import { clientOf, serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';
import { uncommittedDisks } from './uncommitted-disks.ts';

/** ZAB 5, the second form: the old leader is back once the new epoch has committed something. */
export const leaderOnlyReplaced = defineScenario(zabProtocol, {
  id: 'zab-leader-only-replaced',
  title: { en: 'Logged by the leader alone: back late', zh: '只有旧领导者记录：回来得晚' },
  purpose: {
    en: 'The same disks as before: only S1 has (1, 4). This time a client connects first, and its session is (2, 1). When S1 comes back, its (1, 4) stands between (1, 3) and (2, 1) of the leader. Many descriptions say what happens then, and not all are right.',
    zh: '磁盘与上一课相同：只有 S1 有 (1, 4)。这次先有客户端连接，它的会话成为 (2, 1)。S1 回来时，它的 (1, 4) 夹在领导者的 (1, 3) 与 (2, 1) 之间。接下来会发生什么，许多资料说法不一，并不都对。',
  },
  kind: 'lesson',
  settings: [],
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  disks: uncommittedDisks,
  down: ['S1'],
  begin: [],
  rules: [
    {
      when: (moment) => leads(moment, 'S3') && follows(moment, 'S2') && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S3' }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'restart', node: 'S1' }],
    },
  ],
  latencyMs: ({ to }) => (to === 'S1' ? 12 : 8),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'S1 is dead; only its disk has (1, 4). S2 and S3 elect S3, as before.',
        zh: 'S1 已死，只有它的磁盘上有 (1, 4)。与上一课一样，S2、S3 选出 S3。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'S3 leads epoch 2. A client connects to it.',
        zh: 'S3 领导 epoch 2。一个客户端连上来。',
      },
      mark: { en: 'epoch 2', zh: 'epoch 2' },
    },
    {
      when: (moment) => told(moment, 'S3', 'committed 2·1'),
      text: {
        en: 'The session is committed as (2, 1). The history of the ensemble is … (1, 3), (2, 1) now.',
        zh: '会话作为 (2, 1) 提交。集群的历史现在是 … (1, 3), (2, 1)。',
      },
      mark: { en: 'COMMIT 2·1', zh: 'COMMIT 2·1' },
    },
    {
      when: (moment) => told(moment, 'S1', 'LOOKING'),
      text: {
        en: 'S1 comes back, with … (1, 3), (1, 4). It finds S3 leading and goes there.',
        zh: 'S1 带着 … (1, 3), (1, 4) 回来，发现 S3 在领导，便去跟随。',
      },
      mark: { en: 'S1 is back', zh: 'S1 回来' },
    },
    {
      when: (moment) => got(moment, 'S1', 'SNAP'),
      text: {
        en: 'The leader has nothing at 1·4, and its next transaction is of another epoch. What an older leader wrote is not trusted over that border: SNAP, the whole tree.',
        zh: '领导者没有 1·4，它的下一个事务属于另一个 epoch。跨过这条边界，旧领导者写的内容不可信：SNAP，发送整棵树。',
      },
      mark: { en: 'SNAP', zh: 'SNAP' },
    },
    {
      when: (moment) => follows(moment, 'S1'),
      text: {
        en: 'S1 has thrown its log away and begins with the snapshot at (2, 1). (1, 4) is gone, here as in the other form; only the way was another.',
        zh: 'S1 丢弃自己的日志，从 (2, 1) 处的快照开始。(1, 4) 没有了，结局与上一课相同，只是方式不同。',
      },
    },
  ],
  predictions: [
    {
      id: 'session',
      before: (moment) => got(moment, 'S3', 'ConnectRequest'),
      question: {
        en: 'C1 opens a session at S3, which leads epoch 2 and ends at (1, 3). Which zxid will the session get?',
        zh: 'C1 在 S3 上建立会话。S3 领导 epoch 2，日志止于 (1, 3)。会话会得到哪个 zxid？',
      },
      options: [
        { id: 'none', text: { en: 'None: a session is no write', zh: '没有：会话不是写操作' } },
        { id: '1-4', text: { en: '(1, 4): the next number', zh: '(1, 4)：下一个编号' } },
        { id: '2-1', text: { en: '(2, 1): the first of the epoch', zh: '(2, 1)：本 epoch 的第一个' } },
      ],
      settle: (moment) => {
        const proposed = moment.entry?.sent.find(({ type }) => type === 'PROPOSAL');
        if (proposed !== undefined) return proposed.label.startsWith('PROPOSAL(2·1') ? '2-1' : '1-4';
        return clientOf(moment, 'C1')?.established ? 'none' : null;
      },
      otherwise: 'none',
      because: {
        en: 'Creating a session is a transaction: all servers must know of it. Each epoch counts from 1, so that no two leaders give out the same zxid: S1 has used (1, 4).',
        zh: '创建会话是一个事务：所有服务器都要知道它。每个 epoch 从 1 数起，两个领导者不会发出同一个 zxid：(1, 4) 已被 S1 用过。',
      },
    },
    {
      id: 'fate',
      before: (moment) => ['TRUNC', 'DIFF', 'SNAP'].some((mode) => got(moment, 'S1', mode)),
      question: {
        en: 'S1 ends at 1·4. The leader has … 1·3, 2·1. How is S1 brought up to date?',
        zh: 'S1 止于 1·4，领导者有 … 1·3, 2·1。怎样让 S1 跟上？',
      },
      options: [
        { id: 'DIFF', text: { en: 'DIFF: it is sent 2·1', zh: 'DIFF：补发 2·1' } },
        { id: 'TRUNC', text: { en: 'TRUNC to 1·3, then 2·1', zh: 'TRUNC 到 1·3，再补发 2·1' } },
        { id: 'SNAP', text: { en: 'SNAP: the whole tree', zh: 'SNAP：整棵树' } },
      ],
      settle: (moment) => (follows(moment, 'S1') ? (serverOf(moment, 'S1')?.sync ?? null) : null),
      otherwise: 'DIFF',
      because: {
        en: 'A cut is sure within an epoch only. Here the transaction behind the cut would be of epoch 2, so the leader does not take the chance (Java LearnerHandler.syncFollower).',
        zh: '只有在同一个 epoch 内，截断才是可靠的。这里截断点之后的事务属于 epoch 2，领导者不冒这个险（Java LearnerHandler.syncFollower）。',
      },
    },
  ],
  goals: [],
  ends: (moment) => follows(moment, 'S1') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S1 got a snapshot and has (1, 4) no more', zh: 'S1 收到快照，不再有 (1, 4)' },
      holds: (moment) => serverOf(moment, 'S1')?.sync === 'SNAP' && !hasLogged(moment, 'S1', 1, 4),
    },
    {
      text: { en: 'S1 has delivered up to (2, 1)', zh: 'S1 已交付到 (2, 1)' },
      holds: (moment) => serverOf(moment, 'S1')?.committed === 0x200000001n,
    },
  ],
  breaks: () => [],
});
