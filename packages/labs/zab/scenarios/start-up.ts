import { defineScenario } from '../../define-scenario.ts';
import { follows, got, leads, sent, THREE_ALONE, told } from '../lessons.ts';
import { serverOf } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

/** ZAB 1: an election among servers that have nothing yet, and who comes late. */
export const startUp = defineScenario(zabProtocol, {
  id: 'zab-start-up',
  title: { en: 'Start-up: who leads?', zh: '启动：谁当领导者？' },
  purpose: {
    en: 'Three servers that have never run. S1 and S2 are started, S3 comes later. Everybody votes for itself first and changes to a better vote when it hears one; votes are compared by epoch, then zxid, then server id. A quorum of equal votes decides, and whoever comes afterwards joins.',
    zh: '三台从未运行过的服务器。先启动 S1 和 S2，S3 稍后再来。每台服务器先投自己，听到更好的选票就改投；选票依次比较 epoch、zxid、服务器编号。多数派投同一票即定局，后来者只能加入。',
  },
  kind: 'lesson',
  settings: [],
  nodes: THREE_ALONE,
  down: ['S3'],
  begin: [],
  rules: [
    {
      when: (moment) => leads(moment, 'S2') && follows(moment, 'S1') && moment.inFlight.size === 0,
      act: [{ do: 'restart', node: 'S3' }],
    },
  ],
  latencyMs: ({ from, to }) => (from === 'S2' ? 10 : 14) + (to === 'S3' ? 1 : 0),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'S1 starts. It is LOOKING, and votes for itself: (epoch 0, zxid 0·0, S1). One vote of three is no quorum.',
        zh: 'S1 启动，状态为 LOOKING，先投自己：(epoch 0, zxid 0·0, S1)。三票中的一票不构成多数派。',
      },
      mark: { en: 'election', zh: '选举' },
    },
    {
      when: (moment) => moment.n === 2,
      text: {
        en: 'S2 votes for itself as well. What is sent to S3 is lost: nobody listens there.',
        zh: 'S2 也投自己。发给 S3 的通知会丢失：那里还没有进程在监听。',
      },
    },
    {
      when: (moment) => got(moment, 'S1', 'Notification(leader 2') && sent(moment, 'Notification(leader 2'),
      text: {
        en: 'Epochs and zxids are equal, so the server id decides: 1 < 2. S1 changes its vote to S2 and tells everybody.',
        zh: 'epoch 和 zxid 都相同，于是比较服务器编号：1 < 2。S1 改投 S2，并再次通知所有人。',
      },
    },
    {
      when: (moment) => got(moment, 'S2', 'Notification(leader 2'),
      text: {
        en: 'Two of three votes are for S2: a quorum. S2 waits 200 ms more (finalizeWait), lest a better vote be on its way.',
        zh: '三票中已有两票投给 S2：达到多数派。S2 再等 200 ms（finalizeWait），以防更好的选票还在路上。',
      },
    },
    {
      when: (moment) => told(moment, 'S2', 'LEADING'),
      text: {
        en: 'S2 is LEADING, though nobody serves yet: an epoch has to be found and a quorum synchronised first.',
        zh: 'S2 进入 LEADING，但还没有谁提供服务：先要确定新 epoch，再让多数派完成同步。',
      },
      mark: { en: 'S2 leads', zh: 'S2 领导' },
    },
    {
      when: (moment) => leads(moment, 'S2'),
      text: {
        en: 'S1 has acknowledged NEWLEADER: with S2 itself that is a quorum. The ensemble serves, in epoch 1.',
        zh: 'S1 已确认 NEWLEADER：加上 S2 自己就是多数派。集群开始服务，epoch 为 1。',
      },
      mark: { en: 'epoch 1', zh: 'epoch 1' },
    },
    {
      when: (moment) => told(moment, 'S3', 'LOOKING'),
      text: {
        en: 'S3 comes late. It has the largest id, and votes for itself like everybody.',
        zh: 'S3 姗姗来迟。它的编号最大，也和大家一样先投自己。',
      },
      mark: { en: 'S3 comes', zh: 'S3 到来' },
    },
    {
      when: (moment) => told(moment, 'S3', 'FOLLOWING'),
      text: {
        en: 'A quorum says that S2 leads, S2 itself among them. An election is over once a quorum has decided: S3 follows, though its id is larger.',
        zh: '多数派（包括 S2 自己）都说 S2 是领导者。多数派一旦决定，选举就结束了：S3 编号虽大，也只能跟随。',
      },
    },
    {
      when: (moment) => follows(moment, 'S3'),
      text: {
        en: 'All three serve. S3 will lead only if S2 dies and S3 then has the best vote.',
        zh: '三台都在服务。只有当 S2 死去、且那时 S3 的选票最好，S3 才会成为领导者。',
      },
    },
  ],
  predictions: [
    {
      id: 'who-leads',
      before: (moment) => got(moment, 'S1', 'Notification(leader 2') || got(moment, 'S2', 'Notification(leader 1'),
      question: {
        en: 'Two of three servers run. Both votes are (epoch 0, zxid 0·0). Who will lead?',
        zh: '三台中有两台在运行，两张选票都是 (epoch 0, zxid 0·0)。谁会成为领导者？',
      },
      options: [
        { id: 'S1', text: { en: 'S1: it was there first', zh: 'S1：它先到' } },
        { id: 'S2', text: { en: 'S2: its id is larger', zh: 'S2：它的编号更大' } },
        { id: 'nobody', text: { en: 'Nobody, before S3 has come', zh: 'S3 来之前谁也不行' } },
      ],
      settle: (moment) =>
        ['S1', 'S2'].find((id) => told(moment, id, 'LEADING')) ?? (told(moment, 'S3', 'LOOKING') ? 'nobody' : null),
      otherwise: 'nobody',
      because: {
        en: 'Epoch and zxid are equal, so the larger server id wins. Two votes of three are a quorum: nobody has to wait for S3.',
        zh: 'epoch 与 zxid 相同，编号大者胜。三票中的两票就是多数派，不必等 S3。',
      },
    },
    {
      id: 'late',
      before: (moment) => got(moment, 'S3', 'Notification'),
      question: {
        en: 'S3 votes for itself, and its id is the largest of all. What comes of it?',
        zh: 'S3 投自己，而且它的编号最大。结果会怎样？',
      },
      options: [
        { id: 'leads', text: { en: 'S3 takes over', zh: 'S3 接管领导' } },
        { id: 'follows', text: { en: 'S3 follows S2', zh: 'S3 跟随 S2' } },
        { id: 'again', text: { en: 'All three elect again', zh: '三台重新选举' } },
      ],
      settle: (moment) =>
        told(moment, 'S3', 'FOLLOWING')
          ? 'follows'
          : told(moment, 'S3', 'LEADING')
            ? 'leads'
            : told(moment, 'S2', 'LOOKING')
              ? 'again'
              : null,
      otherwise: 'again',
      because: {
        en: 'S1 and S2 are not LOOKING: they do not compare votes, they answer with the one they have settled on. S3 sees a quorum behind S2, hears from S2 itself that it leads, and joins.',
        zh: 'S1 和 S2 已不在 LOOKING 状态：它们不再比较选票，只回复已定的结果。S3 看到多数派支持 S2，且 S2 亲口说自己在领导，于是加入。',
      },
    },
  ],
  goals: [],
  ends: (moment) => follows(moment, 'S3') && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'S2 leads epoch 1', zh: 'S2 领导 epoch 1' },
      holds: (moment) => leads(moment, 'S2') && serverOf(moment, 'S2')?.server.epoch === 1,
    },
    {
      text: { en: 'S1 and S3 follow', zh: 'S1 和 S3 是跟随者' },
      holds: (moment) => follows(moment, 'S1') && follows(moment, 'S3'),
    },
  ],
  breaks: () => [],
});
