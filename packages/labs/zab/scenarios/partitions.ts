import { defineScenario } from '../../define-scenario.ts';
import type { NodeSpec } from '../../protocol.ts';
import { lastOnDisk } from '../disk.ts';
import { follows, isAcknowledged, leaderOf, leads, sent, told } from '../lessons.ts';
import { clientOf, serverOf, serversOf, type ZabMoment } from '../node-views.ts';
import { QUIET_TIMES } from '../program.ts';
import { zabProtocolWith } from '../protocol.ts';

const nodes: readonly NodeSpec[] = [
  { id: 'S1', role: 'server', at: { x: 0.1, y: 0.3 } },
  { id: 'S2', role: 'server', at: { x: 0.3, y: 0.3 } },
  { id: 'S3', role: 'server', at: { x: 0.5, y: 0.3 } },
  { id: 'S4', role: 'server', at: { x: 0.7, y: 0.3 } },
  { id: 'S5', role: 'server', at: { x: 0.9, y: 0.3 } },
  { id: 'C2', role: 'client', at: { x: 0.3, y: 0.84 } },
  { id: 'C1', role: 'client', at: { x: 0.8, y: 0.84 } },
];

/** What lies on the side of the first leader, and what on the other one. */
function sides(moment: ZabMoment): readonly (readonly string[])[] {
  return moment.nodes.has('S5')
    ? [
        ['S1', 'S2', 'S3', 'C2'],
        ['S4', 'S5', 'C1'],
      ]
    : [
        ['S1', 'S2'],
        ['S3', 'S4', 'C1'],
      ];
}

const firstLeader = (moment: ZabMoment): string => (moment.nodes.has('S5') ? 'S5' : 'S4');
const isSplit = (moment: ZabMoment): boolean => moment.isCut('S1', 'S4');
const wasSplit = (moment: ZabMoment): boolean => (clientOf(moment, 'C1')?.unknown.length ?? 0) > 0;
const allServe = (moment: ZabMoment): boolean =>
  leaderOf(moment) !== null && serversOf(moment).every(([id]) => leads(moment, id) || follows(moment, id));
const allLook = (moment: ZabMoment): boolean =>
  isSplit(moment) && serversOf(moment).every(([, { server }]) => server.peerState === 'LOOKING');
/** Nothing is under way that could arrive. */
const isStill = (moment: ZabMoment): boolean =>
  [...moment.inFlight.values()].every(({ from, to }) => moment.isCut(from, to));
const newLeader = (moment: ZabMoment): boolean => isSplit(moment) && leads(moment, 'S3');
/** Whether all servers have committed the write that C1 was told nothing of. */
const fateOfX = (moment: ZabMoment): boolean =>
  serversOf(moment).every(([, { disk }]) => disk.log.some(({ zxid }) => zxid === 0x100000002n));

/** ZAB 10: three and two, two and two. */
export const partitions = defineScenario(zabProtocolWith({ ...QUIET_TIMES, syncLimit: 1 }), {
  id: 'zab-partitions',
  title: { en: 'Partitions: 3 | 2 and 2 | 2', zh: '分区：3 | 2 与 2 | 2' },
  purpose: {
    en: 'The network splits, with the leader on the right. A leader does not know at once that it is cut off, and clients on its side go on asking. See who serves with five servers split 3 | 2, with four split 2 | 2, and what becomes of a write that the old leader has logged.',
    zh: '网络断开，领导者在右侧。领导者不会立即知道自己被隔开，它那一侧的客户端也照样请求。看看五台分成 3 | 2、四台分成 2 | 2 时谁提供服务，以及旧领导者写进日志的请求会怎样。',
  },
  kind: 'lesson',
  settings: [
    {
      id: 'servers',
      text: { en: 'Servers', zh: '服务器' },
      choices: [
        { id: '5', text: { en: 'five, split 3 | 2', zh: '五台，分成 3 | 2' } },
        { id: '4', text: { en: 'four, split 2 | 2', zh: '四台，分成 2 | 2' } },
      ],
    },
  ],
  nodes,
  without: ({ servers }) => (servers === '4' ? ['S5', 'C2'] : []),
  begin: [],
  rules: [
    {
      when: (moment) => allServe(moment) && moment.inFlight.size === 0,
      act: (moment) => [{ do: 'command', node: 'C1', command: `connect ${firstLeader(moment)}` }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: (moment) => [
        { do: 'split', groups: sides(moment) },
        { do: 'command', node: 'C1', command: 'create /x' },
      ],
    },
    { when: wasSplit, act: [{ do: 'command', node: 'C1', command: 'disconnect' }] },
    {
      when: (moment) => newLeader(moment) && isStill(moment) && moment.nodes.has('C2'),
      act: [{ do: 'command', node: 'C2', command: 'connect S3' }],
    },
    {
      when: (moment) => clientOf(moment, 'C2')?.established ?? false,
      act: [{ do: 'command', node: 'C2', command: 'create /y' }],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C2', 'create /y') && wasSplit(moment) && isStill(moment),
      act: [{ do: 'command', node: 'C2', command: 'disconnect' }, { do: 'healAll' }],
    },
    { when: (moment) => !moment.nodes.has('S5') && allLook(moment) && isStill(moment), act: [{ do: 'healAll' }] },
  ],
  latencyMs: () => 10,
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: (moment) => ({
        en: `New servers elect the largest id, ${firstLeader(moment)}.`,
        zh: `新服务器选出编号最大的 ${firstLeader(moment)}。`,
      }),
    },
    {
      when: isSplit,
      text: (moment) => ({
        en: `The network splits. ${firstLeader(moment)} still takes itself for the leader: nothing has told it otherwise.`,
        zh: `网络断开。${firstLeader(moment)} 仍以为自己是领导者：没有任何迹象告诉它不是。`,
      }),
      mark: { en: 'split', zh: '断开' },
    },
    {
      when: (moment) => isSplit(moment) && sent(moment, 'PROPOSAL(1·2'),
      text: {
        en: 'C1 asks for /x. The leader logs it and proposes it. What goes across the cut waits in its connection; two logs are no quorum.',
        zh: 'C1 请求创建 /x。领导者写日志并提议。跨越断口的消息停在连接里；两份日志不是多数派。',
      },
      mark: { en: '/x proposed', zh: '提议 /x' },
    },
    {
      when: (moment) => isSplit(moment) && told(moment, firstLeader(moment), 'LOOKING'),
      text: {
        en: 'At its tick the leader finds no quorum in touch, and stops leading; C1 loses its connection and does not know whether /x is done. Nothing was committed on this side since the split.',
        zh: '到了 tick，领导者发现联系不上多数派，停止领导；C1 失去连接，不知道 /x 是否完成。断开以来这一侧没有提交过任何内容。',
      },
      mark: { en: 'leader gives up', zh: '放弃领导' },
    },
    {
      when: (moment) => isSplit(moment) && told(moment, 'S1', 'LOOKING'),
      text: {
        en: 'The left side has heard nothing of the leader for the syncLimit (one tick of 4 s here), and looks for another one.',
        zh: '左侧在 syncLimit（这里是一个 4 秒的 tick）内没有听到领导者的消息，开始寻找新的领导者。',
      },
    },
    {
      when: newLeader,
      text: {
        en: 'Three of five: S3 leads epoch 2. S5 has not noticed anything yet: two servers take themselves for the leader, and only one can commit.',
        zh: '五票中的三票：S3 领导 epoch 2。S5 还毫无察觉：两台都以为自己在领导，但只有一台能提交。',
      },
      mark: { en: 'S3 leads', zh: 'S3 领导' },
    },
    {
      when: (moment) => allLook(moment) && isStill(moment),
      text: {
        en: 'Two votes of four on the left, two of four on the right: no side has a quorum, nobody leads. A fourth server has not helped; with three, one side would have had two of three.',
        zh: '左边四票得两票，右边也是：哪一侧都不是多数派，没有领导者。第四台没有帮上忙；若是三台，总有一侧占三中之二。',
      },
      mark: { en: 'nobody leads', zh: '无人领导' },
    },
    {
      when: (moment) => isAcknowledged(moment, 'C2', 'create /y'),
      text: {
        en: 'The left side serves: C2 has written /y, as (2, 2).',
        zh: '左侧提供服务：C2 写入了 /y，即 (2, 2)。',
      },
      mark: { en: '/y done', zh: '/y 完成' },
    },
    {
      when: (moment) => wasSplit(moment) && !isSplit(moment),
      text: {
        en: 'The network heals. What had waited in the connections arrives, most of it too late to matter.',
        zh: '网络恢复。停在连接里的消息陆续到达，大多已无关紧要。',
      },
      mark: { en: 'healed', zh: '恢复' },
    },
    {
      when: (moment) => wasSplit(moment) && !isSplit(moment) && allServe(moment),
      text: (moment) =>
        fateOfX(moment)
          ? {
              en: 'One history again. /x was on the longest logs, so it is committed now, although C1 was never told: CONNECTIONLOSS means “unknown”, not “no”.',
              zh: '又是一份历史。/x 在最长的日志里，所以现在提交了，尽管 C1 从未得到答复：CONNECTIONLOSS 的意思是“未知”，不是“没有”。',
            }
          : {
              en: 'One history again, that of the quorum. /x, which only the right side had logged, is gone; nobody was ever told that it was done.',
              zh: '又是一份历史，即多数派的那份。只有右侧记录过的 /x 没有了；从没有人得到过它已完成的答复。',
            },
      mark: { en: 'one history', zh: '一份历史' },
    },
  ],
  predictions: [
    {
      id: 'who-serves',
      before: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.happening.action.do === 'split',
      question: {
        en: 'The network is about to split, with the leader on the right. Who will accept writes?',
        zh: '网络即将断开，领导者在右侧。谁还能接受写入？',
      },
      options: [
        { id: 'right', text: { en: 'The right side: it has the leader', zh: '右侧：领导者在那里' } },
        { id: 'left', text: { en: 'The left side, once it has elected', zh: '左侧，选举之后' } },
        { id: 'both', text: { en: 'Both, each for itself', zh: '两侧，各管各的' } },
        { id: 'nobody', text: { en: 'Nobody', zh: '谁也不能' } },
      ],
      settle: (moment) => {
        if (isAcknowledged(moment, 'C1', 'create /x')) return 'right';
        if (isAcknowledged(moment, 'C2', 'create /y')) return 'left';
        return allLook(moment) && isStill(moment) ? 'nobody' : null;
      },
      otherwise: 'nobody',
      because: {
        en: 'Whoever has a quorum of all servers, and two sides cannot both have one: three of five on the left; of four servers neither side has three.',
        zh: '谁拥有全部服务器的多数派，谁就能；两侧不可能同时拥有。五台时左侧有三台；四台时哪一侧都没有三台。',
      },
    },
    {
      id: 'fate-of-x',
      before: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.happening.action.do === 'healAll',
      question: {
        en: 'The network is about to heal. The old leader has logged /x, which was never committed. What becomes of it?',
        zh: '网络即将恢复。旧领导者记录了从未提交的 /x。它会怎样？',
      },
      options: [
        { id: 'gone', text: { en: 'It is thrown away', zh: '被丢弃' } },
        { id: 'committed', text: { en: 'It is committed by the next leader', zh: '由下一个领导者提交' } },
      ],
      settle: (moment) => (!isSplit(moment) && allServe(moment) ? (fateOfX(moment) ? 'committed' : 'gone') : null),
      otherwise: 'gone',
      because: {
        en: 'It depends on who leads next. With 3 | 2 the left side has a later epoch and never heard of /x. With 2 | 2 nobody has led since, and the longest log, with /x, wins the election.',
        zh: '取决于下一个领导者是谁。3 | 2 时左侧的 epoch 更新，且从未听说过 /x。2 | 2 时其间无人领导，带着 /x 的最长日志赢得选举。',
      },
    },
  ],
  goals: [],
  ends: (moment) => wasSplit(moment) && !isSplit(moment) && allServe(moment) && moment.inFlight.size === 0,
  outcome: ({ servers }) => [
    {
      text: { en: 'All serve with one history', zh: '全部提供服务，只有一份历史' },
      holds: (moment) =>
        allServe(moment) && new Set(serversOf(moment).map(([, { disk }]) => lastOnDisk(disk))).size === 1,
    },
    servers === '5'
      ? {
          text: { en: 'S3 leads, /y is there and /x is not', zh: 'S3 领导，有 /y 而没有 /x' },
          holds: (moment) => leads(moment, 'S3') && isAcknowledged(moment, 'C2', 'create /y') && !fateOfX(moment),
        }
      : {
          text: { en: '/x is committed in the end', zh: '/x 最终被提交' },
          holds: (moment) => fateOfX(moment) && (serverOf(moment, 'S4')?.server.epoch ?? 0) > 1,
        },
  ],
  breaks: () => [],
});
