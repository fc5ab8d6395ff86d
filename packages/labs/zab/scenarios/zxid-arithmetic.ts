import { defineScenario } from '../../define-scenario.ts';
import { zabDisk } from '../disk.ts';
import { follows, hasCommitted, isAcknowledged, leads, ONE_CLIENT, sent, THREE_SERVERS, told } from '../lessons.ts';
import { clientOf, serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

const disk = () =>
  zabDisk({
    acceptedEpoch: 1,
    currentEpoch: 1,
    snapshotAt: [1, 97],
    log: [
      [1, 98, '/n98'],
      [1, 99, '/n99'],
    ],
  });

/** ZAB 11: two numbers in one. */
export const zxidArithmetic = defineScenario(zabProtocol, {
  id: 'zab-zxid-arithmetic',
  title: { en: 'The arithmetic of zxids', zh: 'zxid 的算术' },
  purpose: {
    en: 'A zxid is a number of 64 bits, epoch · 2³² + counter: 0x100000063 is (1, 99). Within an epoch the counter goes up by one for each transaction; each new leader takes a new epoch and counts from 1 again. Comparing the numbers compares the epochs first. The counter ends at 2³² − 1. Before it does, the leader steps down, so that a new epoch begins and no carry spills into the epoch (ZOOKEEPER-1277).',
    zh: 'zxid 是一个 64 位数：epoch · 2³² + 计数器，0x100000063 即 (1, 99)。同一 epoch 内每个事务计数器加一；每个新领导者取新的 epoch，重新从 1 数起。直接比较数字，就是先比较 epoch。计数器最大为 2³² − 1；快用尽时领导者主动退位，让新 epoch 开始，免得进位溢出到 epoch 里（ZOOKEEPER-1277）。',
  },
  kind: 'lesson',
  settings: [],
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  disks: () => ({ S1: disk(), S2: disk(), S3: disk() }),
  begin: [],
  rules: [
    {
      when: (moment) => follows(moment, 'S1') && follows(moment, 'S2') && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S2' }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'create /a' }],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create /a') && moment.inFlight.size === 0,
      act: [
        { do: 'command', node: 'C1', command: 'disconnect' },
        { do: 'crash', node: 'S3' },
      ],
    },
    {
      when: (moment) => leads(moment, 'S2') && follows(moment, 'S1') && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S2' }],
    },
    {
      when: (moment) =>
        leads(moment, 'S2') && (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'create /b' }],
    },
  ],
  latencyMs: () => 10,
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'All three end at 0x100000063: 0x1 is the epoch, 0x00000063 = 6 · 16 + 3 = 99 the counter. (1, 99).',
        zh: '三台都止于 0x100000063：0x1 是 epoch，0x00000063 = 6 · 16 + 3 = 99 是计数器，即 (1, 99)。',
      },
      mark: { en: '(1, 99)', zh: '(1, 99)' },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'S3 leads epoch 2. NEWLEADER carries 0x200000000: the epoch, and a counter of 0 that no transaction ever has.',
        zh: 'S3 领导 epoch 2。NEWLEADER 携带 0x200000000：epoch 加上计数器 0，任何事务都不会使用 0。',
      },
      mark: { en: 'epoch 2', zh: 'epoch 2' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(2·1'),
      text: {
        en: 'The first transaction of the epoch, C1’s session: 0x200000001 = (2, 1). Its counter is smaller than 99, its zxid is larger: 2 · 2³² + 1 > 1 · 2³² + 99.',
        zh: '本 epoch 的第一个事务是 C1 的会话：0x200000001 = (2, 1)。计数器比 99 小，zxid 却更大：2 · 2³² + 1 > 1 · 2³² + 99。',
      },
      mark: { en: '(2, 1)', zh: '(2, 1)' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(2·2'),
      text: {
        en: 'create /a: one more, 0x200000002. A follower takes a proposal only if it is the last one plus 1, or the first of a later epoch: a gap would be a loss.',
        zh: 'create /a：加一，0x200000002。跟随者只接受“上一个加 1”或“更新 epoch 的第一个”：有空缺就意味着丢失。',
      },
    },
    {
      when: (moment) => moment.n > 9 && moment.nodes.get('S3')?.status === 'down',
      text: {
        en: 'S3 dies. It has used two of the 4,294,967,295 counters of epoch 2; nobody will use the others.',
        zh: 'S3 死去。epoch 2 的 4,294,967,295 个计数器只用了两个，其余的再也不会有人用。',
      },
      mark: { en: 'S3 dies', zh: 'S3 死去' },
    },
    {
      when: (moment) => leads(moment, 'S2'),
      text: {
        en: 'S2 leads epoch 3. An epoch changes with each leader, whether it proposes anything or not, so epochs can be missing from a log; counters cannot.',
        zh: 'S2 领导 epoch 3。每换一个领导者 epoch 就变，不管它有没有提议，所以日志里可能缺某个 epoch，但计数器不会缺。',
      },
      mark: { en: 'epoch 3', zh: 'epoch 3' },
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create /b'),
      text: (moment) => ({
        en: `create /b is 0x${clientOf(moment, 'C1')?.lastZxid.toString(16) ?? ''}. A leader whose counter came to 0xffffffff would order nothing more and look for a leader: an election takes a second, and 2³² transactions at 10,000 a second take five days.`,
        zh: `create /b 是 0x${clientOf(moment, 'C1')?.lastZxid.toString(16) ?? ''}。若计数器到了 0xffffffff，领导者就不再排序，转而重新选举：选举只要一秒；以每秒一万个事务计，用完 2³² 个要五天。`,
      }),
      mark: { en: '/b', zh: '/b' },
    },
  ],
  predictions: [
    {
      id: 'first-of-epoch',
      before: (moment) => sent(moment, 'PROPOSAL(2·1'),
      question: {
        en: 'The last transaction was 0x100000063, and a new leader begins to propose. Its first zxid?',
        zh: '上一个事务是 0x100000063，新领导者开始提议。它的第一个 zxid 是？',
      },
      options: [
        { id: '0x100000064', text: { en: '0x100000064: one more', zh: '0x100000064：加一' } },
        {
          id: '0x200000064',
          text: { en: '0x200000064: new epoch, counter goes on', zh: '0x200000064：新 epoch，计数器接着数' },
        },
        {
          id: '0x200000001',
          text: { en: '0x200000001: new epoch, counter from 1', zh: '0x200000001：新 epoch，计数器从 1 开始' },
        },
      ],
      settle: (moment) => {
        const last = serverOf(moment, 'S3')?.disk.log.at(-1)?.zxid;
        return last === undefined || last === 0x100000063n ? null : `0x${last.toString(16)}`;
      },
      otherwise: '0x200000001',
      because: {
        en: 'A new epoch is one more than any that a quorum has accepted, and its counter starts again: no two leaders can ever give the same zxid to different transactions.',
        zh: '新 epoch 比多数派接受过的都大一，计数器重新开始：两个领导者绝不会把同一个 zxid 给不同的事务。',
      },
    },
    {
      id: 'which-is-larger',
      before: (moment) => told(moment, 'S2', 'LEADING'),
      question: {
        en: 'S3 is dead; the last transaction is (2, 2). C1 will connect with its old session and create /b. Which zxid will /b have?',
        zh: 'S3 已死，最后的事务是 (2, 2)。C1 将带着旧会话连接并创建 /b。/b 的 zxid 会是？',
      },
      options: [
        { id: '2-3', text: { en: '(2, 3) = 0x200000003', zh: '(2, 3) = 0x200000003' } },
        { id: '3-1', text: { en: '(3, 1) = 0x300000001', zh: '(3, 1) = 0x300000001' } },
        { id: '3-3', text: { en: '(3, 3) = 0x300000003', zh: '(3, 3) = 0x300000003' } },
      ],
      settle: (moment) => {
        if (!isAcknowledged(moment, 'C1', 'create /b')) return null;
        if (hasCommitted(moment, 'S2', 3, 1)) return hasCommitted(moment, 'S2', 3, 3) ? '3-3' : '3-1';
        return '2-3';
      },
      otherwise: '2-3',
      because: {
        en: 'A new leader, a new epoch, the counter from 1. C1’s session lives on, and moving it to another server is no transaction.',
        zh: '新领导者，新 epoch，计数器从 1 开始。C1 的会话仍然有效，换一台服务器并不产生事务。',
      },
    },
  ],
  goals: [],
  ends: (moment) => isAcknowledged(moment, 'C1', 'create /b') && moment.inFlight.size === 0,
  outcome: () => [
    { text: { en: '/a is (2, 2)', zh: '/a 是 (2, 2)' }, holds: (moment) => hasCommitted(moment, 'S1', 2, 2) },
    { text: { en: '/b is (3, 1)', zh: '/b 是 (3, 1)' }, holds: (moment) => hasCommitted(moment, 'S1', 3, 1) },
  ],
  breaks: () => [],
});
