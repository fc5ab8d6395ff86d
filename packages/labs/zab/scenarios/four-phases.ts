import { defineScenario } from '../../define-scenario.ts';
import { zabDisk } from '../disk.ts';
import {
  follows,
  got,
  hasCommitted,
  isAcknowledged,
  leads,
  ONE_CLIENT,
  sent,
  THREE_SERVERS,
  told,
  wrote,
} from '../lessons.ts';
import { clientOf, serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

/** ZAB 3: election, discovery, synchronisation, broadcast. */
export const fourPhases = defineScenario(zabProtocol, {
  id: 'zab-four-phases',
  title: { en: 'The four phases', zh: '四个阶段' },
  purpose: {
    en: 'Three servers start from what they have on disk and go through all of ZAB once: election by votes, discovery of a new epoch, synchronisation of a quorum with the leader’s history, and broadcast, in which a client writes. Look at what is on disk before each acknowledgement.',
    zh: '三台服务器从各自磁盘上的内容启动，完整走一遍 ZAB：投票选举、发现新 epoch、让多数派同步领导者的历史、最后是广播阶段，由客户端写入。注意每次确认之前磁盘上已有什么。',
  },
  kind: 'lesson',
  settings: [],
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  disks: () => ({
    S1: zabDisk({
      acceptedEpoch: 1,
      currentEpoch: 1,
      log: [
        [1, 1, '/a'],
        [1, 2, '/b'],
      ],
    }),
    S2: zabDisk({
      acceptedEpoch: 2,
      currentEpoch: 1,
      log: [
        [1, 1, '/a'],
        [1, 2, '/b'],
      ],
    }),
    S3: zabDisk({
      acceptedEpoch: 1,
      currentEpoch: 1,
      log: [
        [1, 1, '/a'],
        [1, 2, '/b'],
        [1, 3, '/c'],
      ],
    }),
  }),
  begin: [],
  rules: [
    {
      when: (moment) => follows(moment, 'S1') && follows(moment, 'S2') && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S3' }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'create /x' }],
    },
  ],
  // S2 comes to the leader first: its promise is what the new epoch has to be above.
  latencyMs: ({ from, label }) => (label === 'FOLLOWERINFO(1)' ? 40 : from === 'S1' ? 16 : from === 'S3' ? 8 : 12),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'Election. Each server votes for itself by what its log ends with: S3 has 1·3, the others 1·2.',
        zh: '选举。各服务器按自己日志的末尾投自己：S3 到 1·3，另两台到 1·2。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => told(moment, 'S3', 'LEADING'),
      text: {
        en: 'Discovery. S3 has all votes. Followers come to it with FOLLOWERINFO and tell the newest epoch that they have accepted.',
        zh: '发现。S3 得到全部选票。跟随者带着 FOLLOWERINFO 来报到，说明自己接受过的最新 epoch。',
      },
      mark: { en: 'discovery', zh: '发现' },
    },
    {
      when: (moment) => got(moment, 'S3', 'FOLLOWERINFO(2)'),
      text: {
        en: 'FOLLOWERINFO(2): S2 had once promised epoch 2, to a leader that never got going. With S3 itself that is a quorum.',
        zh: 'FOLLOWERINFO(2)：S2 曾向一个没能起步的领导者承诺过 epoch 2。加上 S3 自己，已是多数派。',
      },
    },
    {
      when: (moment) => sent(moment, 'LEADERINFO'),
      text: {
        en: 'The new epoch must be larger than all that a quorum has promised: e′ = max(1, 2) + 1 = 3. S3 has it on its own disk and proposes it: LEADERINFO.',
        zh: '新 epoch 必须大于多数派承诺过的一切：e′ = max(1, 2) + 1 = 3。S3 先写到自己的磁盘，再用 LEADERINFO 提出。',
      },
    },
    {
      when: (moment) => sent(moment, 'ACKEPOCH'),
      text: {
        en: 'First acceptedEpoch is on disk, then ACKEPOCH goes out, with the last zxid of its own log. A promise that a crash forgets would be none.',
        zh: '先把 acceptedEpoch 写盘，再发 ACKEPOCH，并附上自己日志的最后 zxid。崩溃就忘的承诺不算承诺。',
      },
    },
    {
      when: (moment) => sent(moment, 'NEWLEADER'),
      text: {
        en: 'Synchronisation. A quorum has promised epoch 3. Who is behind gets what is missing (DIFF), then NEWLEADER.',
        zh: '同步。多数派已承诺 epoch 3。落后者先收到缺少的部分（DIFF），然后是 NEWLEADER。',
      },
      mark: { en: 'synchronisation', zh: '同步' },
    },
    {
      when: (moment) => wrote(moment, 'S1', 'currentEpoch') || wrote(moment, 'S2', 'currentEpoch'),
      text: {
        en: 'The history is on disk first, currentEpoch = 3 behind it, and only then NEWLEADER is acknowledged.',
        zh: '先是历史写盘，随后 currentEpoch = 3 写盘，这时才确认 NEWLEADER。',
      },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'Broadcast. A quorum has the leader’s whole history, so it is committed, 1·3 too. UPTODATE lets the followers serve.',
        zh: '广播。多数派已有领导者的全部历史，因此它们（包括 1·3）都已提交。UPTODATE 让跟随者开始服务。',
      },
      mark: { en: 'broadcast', zh: '广播' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(3·1'),
      text: {
        en: 'A session is a transaction like all others: it gets zxid 3·1, the first of the epoch.',
        zh: '会话也是事务：它得到 zxid 3·1，本 epoch 的第一个。',
      },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(3·2'),
      text: {
        en: 'create /x becomes 3·2. The leader sends PROPOSAL and writes its own log at the same time; each follower logs and then sends ACK.',
        zh: 'create /x 成为 3·2。领导者发出 PROPOSAL 的同时写自己的日志；跟随者先记日志，再回 ACK。',
      },
      mark: { en: 'PROPOSAL 3·2', zh: 'PROPOSAL 3·2' },
    },
    {
      when: (moment) => told(moment, 'S3', 'committed 3·2'),
      text: {
        en: 'A quorum has 3·2 on disk: S3 commits, delivers, answers its client, and tells the followers by COMMIT.',
        zh: '3·2 已在多数派的磁盘上：S3 提交、交付、答复客户端，并用 COMMIT 通知跟随者。',
      },
      mark: { en: 'COMMIT 3·2', zh: 'COMMIT 3·2' },
    },
  ],
  predictions: [
    {
      id: 'epoch',
      before: (moment) => wrote(moment, 'S3', 'acceptedEpoch'),
      question: {
        en: 'S1 and S3 have accepted epoch 1, S2 has accepted epoch 2. All three logs end in epoch 1. Which epoch will S3 propose?',
        zh: 'S1、S3 接受过 epoch 1，S2 接受过 epoch 2，三份日志都止于 epoch 1。S3 会提出哪个 epoch？',
      },
      options: [
        { id: '1', text: { en: '1: that of the logs', zh: '1：日志所在的 epoch' } },
        { id: '2', text: { en: '2: the next after its own', zh: '2：自己的下一个' } },
        { id: '3', text: { en: '3: the next after all that were promised', zh: '3：所有承诺之后的下一个' } },
      ],
      settle: (moment) =>
        moment.entry?.sent.map(({ label }) => /^LEADERINFO\((\d+)\)$/.exec(label)?.[1]).find((epoch) => epoch) ?? null,
      otherwise: '2',
      because: {
        en: 'e′ is one more than the largest acceptedEpoch in a quorum. Any two quorums share a server, so no two leaders get the same epoch.',
        zh: 'e′ 比多数派中最大的 acceptedEpoch 大一。任意两个多数派至少有一台共同的服务器，所以不会有两个领导者得到同一个 epoch。',
      },
    },
    {
      id: 'when-committed',
      before: (moment) => got(moment, 'S3', 'create /x'),
      question: {
        en: 'C1 asks S3 to create /x. When will S3 commit it?',
        zh: 'C1 请 S3 创建 /x。S3 什么时候提交？',
      },
      options: [
        { id: 'own', text: { en: 'When it is in its own log', zh: '写入自己的日志时' } },
        { id: 'quorum', text: { en: 'When two of three logs have it', zh: '三份日志中有两份写入时' } },
        { id: 'all', text: { en: 'When all three logs have it', zh: '三份日志都写入时' } },
      ],
      settle: (moment) => {
        if (!told(moment, 'S3', 'committed 3·2')) return null;
        const asked = [...moment.inFlight.values()].some(({ label, to }) => label === 'ACK(3·2)' && to === 'S3');
        return asked ? 'quorum' : 'all';
      },
      otherwise: 'own',
      because: {
        en: 'Its own log and the first ACK are two of three: a quorum. The other ACK comes later and changes nothing.',
        zh: '自己的日志加第一个 ACK，三份中已有两份：多数派。另一个 ACK 来得更晚，不再影响结果。',
      },
    },
  ],
  goals: [],
  ends: (moment) => ['S1', 'S2'].every((id) => hasCommitted(moment, id, 3, 2)) && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S3 leads epoch 3', zh: 'S3 领导 epoch 3' },
      holds: (moment) => leads(moment, 'S3') && serverOf(moment, 'S3')?.server.epoch === 3,
    },
    {
      text: { en: 'All have committed (1, 3) and (3, 2)', zh: '三台都提交了 (1, 3) 和 (3, 2)' },
      holds: (moment) =>
        ['S1', 'S2', 'S3'].every((id) => hasCommitted(moment, id, 1, 3) && hasCommitted(moment, id, 3, 2)),
    },
    {
      text: { en: 'C1 was told that /x is there', zh: 'C1 得知 /x 已创建' },
      holds: (moment) => isAcknowledged(moment, 'C1', 'create /x'),
    },
  ],
  breaks: () => [],
});
