import { defineScenario } from '../../define-scenario.ts';
import { follows, isAcknowledged, leaderOf, leads, told } from '../../zab/lessons.ts';
import { clientOf, serverOf, type ZabMoment } from '../../zab/node-views.ts';
import { coordinationProtocol } from '../coordination-protocol.ts';

const SERVERS = ['S1', 'S2', 'S3', 'S4', 'S5'];
const left = ['S3', 'S4', 'S5', 'C1'];
const right = ['S1', 'S2', 'C2', 'C3'];

const isSplit = (moment: ZabMoment): boolean => moment.isCut('S5', 'S1');
const allServe = (moment: ZabMoment): boolean =>
  leaderOf(moment) !== null && SERVERS.every((id) => leads(moment, id) || follows(moment, id));
/** Whether a server's tree has the znode. */
const lists = (moment: ZabMoment, server: string, path: string): boolean => {
  const state = serverOf(moment, server);
  return state?.server.phase === 'BROADCAST' && state.server.database.tree.get(path) !== undefined;
};
const hasExpired = (moment: ZabMoment): boolean => told(moment, 'S5', 'session expired');
const lastAnswer = (moment: ZabMoment, client: string): string => clientOf(moment, client)?.last ?? '';
const rightLooks = (moment: ZabMoment): boolean =>
  isSplit(moment) && ['S1', 'S2'].every((id) => serverOf(moment, id)?.server.peerState === 'LOOKING');

/** The script of the chapter, on our own servers. */
export const partitionCp = defineScenario(coordinationProtocol, {
  id: 'cap-partition-cp',
  title: { en: 'A partition, CP', zh: '一次分区：CP' },
  purpose: {
    en: 'Five servers split 3 | 2. One provider registers on each side, another one dies on the minority’s side, then the network heals. Registrations are ephemeral znodes of our own ZooKeeper servers. Here nothing is done without a quorum. Look at who answers, what becomes of sessions beyond the cut, and what has to be merged when it heals; then see the same script under a registry that would rather answer.',
    zh: '五台服务器分成 3 | 2。两边各有一个提供者注册，少数一侧另有一个死掉，随后网络恢复。注册就是我们自己的 ZooKeeper 服务器上的临时节点。这里没有多数派就什么也不做。请看谁应答、断口那边的会话会怎样、恢复时有什么要合并；再看同样的剧本在“宁可应答”的注册中心里会怎样。',
  },
  kind: 'lesson',
  settings: [],
  nodes: [
    { id: 'S3', role: 'server', at: { x: 0.1, y: 0.3 } },
    { id: 'S4', role: 'server', at: { x: 0.3, y: 0.3 } },
    { id: 'S5', role: 'server', at: { x: 0.5, y: 0.3 } },
    { id: 'S1', role: 'server', at: { x: 0.7, y: 0.3 } },
    { id: 'S2', role: 'server', at: { x: 0.9, y: 0.3 } },
    { id: 'C1', role: 'client', at: { x: 0.5, y: 0.84 } },
    { id: 'C2', role: 'client', at: { x: 0.7, y: 0.84 } },
    { id: 'C3', role: 'client', at: { x: 0.9, y: 0.84 } },
  ],
  // Those who come later cost fewer votes than five at once, and it is not the election that this is about.
  down: ['S1', 'S2'],
  begin: [],
  rules: [
    {
      when: (moment) =>
        leads(moment, 'S5') && ['S3', 'S4'].every((id) => follows(moment, id)) && moment.inFlight.size === 0,
      act: [
        { do: 'restart', node: 'S1' },
        { do: 'restart', node: 'S2' },
      ],
    },
    {
      when: (moment) => allServe(moment) && moment.inFlight.size === 0,
      act: [
        { do: 'command', node: 'C2', command: 'connect S1' },
        { do: 'command', node: 'C2', command: 'create ephemeral /p2' },
      ],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C2', 'create ephemeral /p2') && moment.inFlight.size === 0,
      act: [
        { do: 'split', groups: [left, right] },
        { do: 'crash', node: 'C2' },
        { do: 'command', node: 'C1', command: 'connect S5' },
        { do: 'command', node: 'C1', command: 'create ephemeral /p1' },
        { do: 'command', node: 'C3', command: 'connect S2' },
        { do: 'command', node: 'C3', command: 'create ephemeral /p3' },
      ],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create ephemeral /p1'),
      act: [{ do: 'command', node: 'C1', command: 'list /' }],
    },
    {
      when: (moment) =>
        isSplit(moment) && rightLooks(moment) && lists(moment, 'S5', '/p1') && !lists(moment, 'S5', '/p2'),
      act: [{ do: 'command', node: 'C1', command: 'list /' }],
    },
    {
      when: (moment) => {
        const last = lastAnswer(moment, 'C1');
        return rightLooks(moment) && last.startsWith('list /: [') && !last.includes('p2');
      },
      act: [{ do: 'healAll' }],
    },
    {
      when: (moment) => isAcknowledged(moment, 'C3', 'create ephemeral /p3'),
      act: [{ do: 'command', node: 'C3', command: 'list /' }],
    },
  ],
  latencyMs: () => 10,
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'S3, S4 and S5 start and elect; S1 and S2 will join them.',
        zh: 'S3、S4、S5 启动并选举；S1、S2 稍后加入。',
      },
    },
    {
      when: (moment) => isAcknowledged(moment, 'C2', 'create ephemeral /p2') && moment.inFlight.size === 0,
      text: {
        en: 'C2, on the right, has registered as /p2: an ephemeral znode of its session, on all five servers.',
        zh: '右侧的 C2 注册为 /p2：它会话的临时节点，五台服务器上都有。',
      },
      mark: { en: '/p2', zh: '/p2' },
    },
    {
      when: isSplit,
      text: {
        en: 'The network splits: S3, S4, S5 on the left with the leader, S1, S2 on the right. C2 dies. C1 registers on the left, C3 on the right.',
        zh: '网络断开：左边是 S3、S4、S5 和领导者，右边是 S1、S2。C2 死去。C1 在左侧注册，C3 在右侧注册。',
      },
      mark: { en: 'split 3 | 2', zh: '分区 3 | 2' },
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create ephemeral /p1'),
      text: {
        en: 'Three of five have /p1: the left side serves as if nothing had happened. What C3 asked for was forwarded to the leader and waits at the cut.',
        zh: '五台中的三台有 /p1：左侧照常服务。C3 的请求被转发给领导者，停在断口处。',
      },
      mark: { en: '/p1', zh: '/p1' },
    },
    {
      when: rightLooks,
      text: {
        en: 'S1 and S2 have heard nothing of the leader and are LOOKING. Two votes of five: nobody can lead here. They let their clients go; C3 is answered by nobody, neither writes nor reads.',
        zh: 'S1、S2 听不到领导者，转入 LOOKING。五票中的两票：这里选不出领导者。它们断开客户端；C3 得不到任何应答，写不行，读也不行。',
      },
      mark: { en: 'minority LOOKING', zh: '少数一侧 LOOKING' },
    },
    {
      when: hasExpired,
      text: {
        en: 'C2’s session was not renewed for its timeout, so the leader closes it, and /p2 goes with it: a transaction like any other. It would go as well if C2 were alive behind the cut: the majority cannot tell.',
        zh: 'C2 的会话超时未续，领导者将其关闭，/p2 随之删除：这也是一个普通事务。就算 C2 还活在断口那边，/p2 一样会消失：多数一侧无从分辨。',
      },
      mark: { en: 'session expires', zh: '会话过期' },
    },
    {
      when: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.happening.action.do === 'healAll',
      text: {
        en: 'The network heals. S1 and S2 come to the leader and are brought up to date; there is no second history to be merged.',
        zh: '网络恢复。S1、S2 回到领导者那里追上进度；没有第二份历史需要合并。',
      },
      mark: { en: 'healed', zh: '恢复' },
    },
    {
      when: (moment) => isAcknowledged(moment, 'C3', 'create ephemeral /p3'),
      text: {
        en: 'C3 is registered at last, seconds late. No two servers ever gave different answers for one zxid, and what was acknowledged stayed. Lost: the minority’s availability. The AP registry does the reverse.',
        zh: 'C3 终于注册成功，晚了好几秒。没有两台服务器对同一 zxid 给出过不同的答案，确认过的都还在。失去的是少数一侧的可用性。AP 的注册中心恰好相反。',
      },
      mark: { en: '/p3', zh: '/p3' },
    },
  ],
  predictions: [
    {
      id: 'who-answers',
      before: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.happening.action.do === 'split',
      question: {
        en: 'The network is about to split. C1 will register on the side of three, C3 on the side of two. Who will be answered while it is split?',
        zh: '网络即将断开。C1 在三台一侧注册，C3 在两台一侧注册。断开期间谁会得到应答？',
      },
      options: [
        { id: 'both', text: { en: 'Both', zh: '都会' } },
        { id: 'majority', text: { en: 'C1 only', zh: '只有 C1' } },
        { id: 'reads', text: { en: 'C1; and C3 for reads', zh: 'C1；C3 只能读' } },
        { id: 'nobody', text: { en: 'Neither', zh: '都不会' } },
      ],
      settle: (moment) => {
        if (isSplit(moment) && isAcknowledged(moment, 'C3', 'create ephemeral /p3')) return 'both';
        if (!rightLooks(moment)) return null;
        if (!isAcknowledged(moment, 'C1', 'create ephemeral /p1')) return 'nobody';
        return clientOf(moment, 'C3')?.established === true ? 'reads' : 'majority';
      },
      otherwise: 'nobody',
      because: {
        en: 'A server without a leader serves nobody, reads included: it could not tell how old its answer is. (A read-only mode exists, and has to be asked for.)',
        zh: '没有领导者的服务器不为任何人服务，包括读：它不知道自己的答案有多旧。（有只读模式，但要客户端明确要求。）',
      },
    },
    {
      id: 'the-dead',
      before: hasExpired,
      question: {
        en: 'C2 is dead behind the cut; its session times out now. Will the left side go on listing /p2?',
        zh: '断口那边的 C2 已死，会话即将超时。左侧还会列出 /p2 吗？',
      },
      options: [
        { id: 'stays', text: { en: 'Yes, until the network heals', zh: '会，直到网络恢复' } },
        { id: 'gone', text: { en: 'No: the session ends, and /p2 with it', zh: '不会：会话结束，/p2 随之消失' } },
      ],
      settle: (moment) => {
        if (!lists(moment, 'S5', '/p2')) return 'gone';
        return isSplit(moment) ? null : 'stays';
      },
      otherwise: 'stays',
      because: {
        en: 'The leader decides by its own clock, in the one history. There is no self-preservation: a provider that cannot reach a quorum is taken for dead, and has to register again.',
        zh: '领导者按自己的时钟、在唯一的历史里作决定。没有自我保护：够不到多数派的提供者就当作已死，得重新注册。',
      },
    },
    {
      id: 'what-is-lost',
      before: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.happening.action.do === 'healAll',
      question: {
        en: 'The network is about to heal. What of the minority’s side has to be merged into the history, or thrown away?',
        zh: '网络即将恢复。少数一侧有什么需要合并进历史，或者丢弃？',
      },
      options: [
        { id: 'nothing', text: { en: 'Nothing: it has accepted nothing', zh: '什么也没有：它没接受过任何东西' } },
        { id: 'p3', text: { en: '/p3, which is thrown away', zh: '/p3，会被丢弃' } },
        { id: 'p3-merged', text: { en: '/p3, which is merged', zh: '/p3，会被合并' } },
      ],
      settle: (moment) => {
        if (isSplit(moment)) return null;
        const history = new Set(serverOf(moment, 'S5')?.disk.log.map(({ zxid }) => zxid));
        const own = ['S1', 'S2'].flatMap((id) => serverOf(moment, id)?.disk.log ?? []);
        if (own.every(({ zxid }) => history.has(zxid))) return 'nothing';
        return lists(moment, 'S5', '/p3') ? 'p3-merged' : 'p3';
      },
      otherwise: 'nothing',
      because: {
        en: 'Only a leader orders writes, and there was none. C3’s request was never in any log; its client asks again.',
        zh: '只有领导者能给写操作排序，而那里没有。C3 的请求从未进入任何日志；它的客户端会再次请求。',
      },
    },
  ],
  goals: [],
  ends: (moment) => lastAnswer(moment, 'C3').startsWith('list /: [') && allServe(moment) && moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'All servers list /p1 and /p3, not /p2', zh: '所有服务器都列出 /p1 和 /p3，没有 /p2' },
      holds: (moment) =>
        SERVERS.every((id) => lists(moment, id, '/p1') && lists(moment, id, '/p3') && !lists(moment, id, '/p2')),
    },
    {
      text: { en: 'S5 has led all the time', zh: 'S5 一直是领导者' },
      holds: (moment) => leads(moment, 'S5') && serverOf(moment, 'S5')?.server.epoch === 1,
    },
  ],
  breaks: () => ['answered'],
});
