import { defineScenario } from '../../define-scenario.ts';
import { follows, got, hasCommitted, isAcknowledged, leads, sent, told } from '../lessons.ts';
import { clientOf, type ZabMoment } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

/** S3 leads no more, after both its followers have died. */
const hasGivenUp = (moment: ZabMoment): boolean =>
  told(moment, 'S3', 'LOOKING') && isAcknowledged(moment, 'C1', 'create /a');

/** ZAB 8: a server that learns and does not vote. */
export const observer = defineScenario(zabProtocol, {
  id: 'zab-observer',
  title: { en: 'An observer', zh: '观察者' },
  purpose: {
    en: 'S4 is an observer: it serves clients and forwards their writes, but it has no vote. It adds readers without making a quorum larger. See how it learns of a write, and what it is worth when voters die.',
    zh: 'S4 是观察者：它服务客户端、转发写请求，但没有投票权，所以能分担读请求而不增大多数派。看看它怎样得知一次写入，以及投票者死去时它有什么用。',
  },
  kind: 'lesson',
  settings: [],
  nodes: [
    { id: 'S1', role: 'server', at: { x: 0.14, y: 0.74 } },
    { id: 'S2', role: 'server', at: { x: 0.14, y: 0.26 } },
    { id: 'S3', role: 'server', at: { x: 0.5, y: 0.26 } },
    { id: 'S4', role: 'observer', at: { x: 0.86, y: 0.26 } },
    { id: 'C1', role: 'client', at: { x: 0.86, y: 0.76 } },
  ],
  begin: [],
  rules: [
    {
      when: (moment) => ['S1', 'S2', 'S4'].every((id) => follows(moment, id)) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S4' }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'create /a' }],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create /a') && moment.inFlight.size === 0,
      act: [
        { do: 'crash', node: 'S1' },
        { do: 'crash', node: 'S2' },
        { do: 'command', node: 'C1', command: 'create /b' },
      ],
    },
  ],
  latencyMs: ({ from, to }) => (from === 'S4' || to === 'S4' ? 14 : 10),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'Three voters and an observer start. S4 asks who leads, and nobody counts what it says.',
        zh: '三台投票者和一台观察者启动。S4 只打听谁是领导者，没有谁计算它的意见。',
      },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'S3 leads: two of three voters are a quorum; S4 is not among the three.',
        zh: 'S3 领导：三个投票者中的两个是多数派，S4 不在这三者之内。',
      },
      mark: { en: 'S3 leads', zh: 'S3 领导' },
    },
    {
      when: (moment) => follows(moment, 'S4'),
      text: {
        en: 'S4 is OBSERVING: it has the history and serves clients.',
        zh: 'S4 处于 OBSERVING：已有全部历史，可以服务客户端。',
      },
    },
    {
      when: (moment) => sent(moment, 'REQUEST(create /a'),
      text: {
        en: 'C1 asks S4 to create /a. S4 forwards it to the leader as any follower would: REQUEST.',
        zh: 'C1 请 S4 创建 /a。S4 像跟随者一样把它转发给领导者：REQUEST。',
      },
      mark: { en: 'REQUEST', zh: 'REQUEST' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·2'),
      text: { en: 'PROPOSALs go to S1 and S2, none to S4.', zh: 'PROPOSAL 发给 S1 和 S2，不发给 S4。' },
    },
    {
      when: (moment) => sent(moment, 'INFORM(1·2'),
      text: {
        en: 'Committed: COMMIT to the followers, who have the transaction, INFORM to S4, which has not and is told all of it at once.',
        zh: '已提交：COMMIT 发给已有该事务的跟随者；S4 还没有，用 INFORM 一次告知全部内容。',
      },
      mark: { en: 'INFORM', zh: 'INFORM' },
    },
    {
      when: (moment) => got(moment, 'C1', 'create /a'),
      text: {
        en: 'S4 has delivered /a and answers C1. It acknowledged no transaction to S3.',
        zh: 'S4 已交付 /a 并答复 C1。它没有为任何事务向 S3 发过 ACK。',
      },
    },
    {
      when: (moment) => moment.n > 11 && ['S1', 'S2'].every((id) => moment.nodes.get(id)?.status === 'down'),
      text: {
        en: 'S1 and S2 die. Two servers of four are left, S3 and S4, but one voter of three.',
        zh: 'S1、S2 死去。四台服务器还剩两台：S3 和 S4，但投票者三台只剩一台。',
      },
      mark: { en: 'S1, S2 die', zh: 'S1、S2 死去' },
    },
    {
      when: hasGivenUp,
      text: {
        en: 'S3 has no quorum behind it and stops leading. S4, still with it, weighs nothing.',
        zh: 'S3 身后没有多数派，停止领导。S4 虽仍跟着它，却没有分量。',
      },
      mark: { en: 'no quorum', zh: '没有多数派' },
    },
  ],
  predictions: [
    {
      id: 'what-s4-gets',
      before: (moment) => sent(moment, 'PROPOSAL(1·2'),
      question: {
        en: 'The leader is about to propose /a. How will S4, the observer, learn of it?',
        zh: '领导者即将提议 /a。观察者 S4 将如何得知？',
      },
      options: [
        { id: 'proposal', text: { en: 'By a PROPOSAL, which it acknowledges', zh: '收到 PROPOSAL 并发 ACK' } },
        {
          id: 'commit',
          text: { en: 'By PROPOSAL and COMMIT, without an ACK', zh: '收到 PROPOSAL 和 COMMIT，但不发 ACK' },
        },
        { id: 'inform', text: { en: 'By one INFORM, once it is committed', zh: '提交以后收到一条 INFORM' } },
      ],
      settle: (moment) => {
        const toS4 = moment.entry?.sent.find(({ to, label }) => to === 'S4' && label.includes('(1·2'));
        if (toS4 === undefined) return null;
        return toS4.type === 'INFORM' ? 'inform' : toS4.type === 'PROPOSAL' ? 'proposal' : 'commit';
      },
      otherwise: 'inform',
      because: {
        en: 'Only what is committed concerns an observer, so the leader sends it once, with its commit (Java Leader.inform).',
        zh: '观察者只关心已提交的内容，所以领导者连同提交只发一次（Java Leader.inform）。',
      },
    },
    {
      id: 'does-s4-count',
      before: (moment) =>
        moment.entry?.happening.kind === 'act' &&
        moment.entry.happening.action.do === 'command' &&
        moment.entry.happening.action.command === 'create /b',
      question: {
        en: 'S1 and S2 are dead; S3 and S4 run. C1 asks for /b. Will it be done?',
        zh: 'S1、S2 已死，S3、S4 在运行。C1 请求创建 /b。能成功吗？',
      },
      options: [
        { id: 'yes', text: { en: 'Yes: two servers have it', zh: '能：有两台服务器记录它' } },
        { id: 'no', text: { en: 'No: one voter of three is no quorum', zh: '不能：三个投票者中只有一个，不是多数派' } },
      ],
      settle: (moment) => (isAcknowledged(moment, 'C1', 'create /b') ? 'yes' : hasGivenUp(moment) ? 'no' : null),
      otherwise: 'no',
      because: {
        en: 'A quorum is more than half of the voters, and S4 is none. With S4 as a fourth voter it would be three of four, and two would not be enough either.',
        zh: '多数派指投票者的半数以上，S4 不是投票者。若 S4 是第四个投票者，则需要四中之三，两台同样不够。',
      },
    },
  ],
  goals: [],
  ends: hasGivenUp,
  outcome: () => [
    { text: { en: 'S4 has /a', zh: 'S4 有 /a' }, holds: (moment) => isAcknowledged(moment, 'C1', 'create /a') },
    {
      text: { en: '/b was not done', zh: '/b 没有完成' },
      holds: (moment) => !isAcknowledged(moment, 'C1', 'create /b') && !hasCommitted(moment, 'S3', 1, 3),
    },
  ],
  breaks: () => [],
});
