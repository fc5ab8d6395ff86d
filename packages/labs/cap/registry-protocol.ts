/** How the registry that always answers is drawn and judged. */
import type { Moment, NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, FactValue, NodeView } from '../node-view.ts';
import type { Annotation, Invariant, Judgement, NodeSpec, Offer, Protocol } from '../protocol.ts';
import type { Text } from '../text.ts';
import {
  type Consumer,
  hasNews,
  leaseName,
  listOf,
  type Party,
  type RegistryMessage,
  type RegistryPlan,
  type RegistryServer,
  registry,
  renewalThreshold,
} from './registry-program.ts';

/** A moment of the registry. */
export type RegistryMoment = Moment<Party, RegistryMessage, null>;

/** Left of the middle is what the partition leaves with three servers, right of it what is with two. */
export const registryNodes: readonly NodeSpec[] = [
  { id: 'C1', role: 'consumer', at: { x: 0.125, y: 0.15 } },
  { id: 'P1', role: 'provider', at: { x: 0.125, y: 0.5 } },
  { id: 'P3', role: 'provider', at: { x: 0.125, y: 0.85 } },
  { id: 'R1', role: 'server', at: { x: 0.375, y: 0.15 } },
  { id: 'R2', role: 'server', at: { x: 0.375, y: 0.5 } },
  { id: 'R3', role: 'server', at: { x: 0.375, y: 0.85 } },
  { id: 'R4', role: 'server', at: { x: 0.625, y: 0.32 } },
  { id: 'R5', role: 'server', at: { x: 0.625, y: 0.68 } },
  { id: 'C2', role: 'consumer', at: { x: 0.875, y: 0.15 } },
  { id: 'P2', role: 'provider', at: { x: 0.875, y: 0.5 } },
  { id: 'P4', role: 'provider', at: { x: 0.875, y: 0.85 } },
];

/** The sides of the partition. */
export const majoritySide: readonly NodeId[] = ['R1', 'R2', 'R3', 'P1', 'P3', 'C1'];
export const minoritySide: readonly NodeId[] = ['R4', 'R5', 'P2', 'P4', 'C2'];

const plan: RegistryPlan = {
  servers: ['R1', 'R2', 'R3', 'R4', 'R5'],
  providers: {
    P1: { server: 'R1', instances: 4, atStart: true },
    P2: { server: 'R4', instances: 1, atStart: true },
    P3: { server: 'R3', instances: 1, atStart: false },
    P4: { server: 'R5', instances: 1, atStart: false },
  },
  consumers: { C1: ['R2', 'R3', 'R1'], C2: ['R5', 'R4'] },
};

/** The servers that are up. */
export function servers(moment: RegistryMoment): readonly RegistryServer[] {
  return parties(moment).filter((party) => party.part === 'server');
}

/** The consumers that are up. */
export function consumers(moment: RegistryMoment): readonly Consumer[] {
  return parties(moment).filter((party) => party.part === 'consumer');
}

/** Providers that are down, as lists show them. */
export function deadNames(moment: RegistryMoment): readonly string[] {
  return Object.entries(plan.providers).flatMap(([provider, { instances }]) =>
    moment.nodes.get(provider)?.status === 'down' ? [leaseName({ provider, instances, stampMs: 0, renewedMs: 0 })] : [],
  );
}

/** Whether all servers that are up have the same list. */
export function areListsEqual(moment: RegistryMoment): boolean {
  return new Set(servers(moment).map((server) => listOf(server).join())).size <= 1;
}

/** A list in one line. */
export function listText(names: readonly string[]): string {
  return names.length === 0 ? '∅' : names.join(', ');
}

/** The least that all consumers have been answered. */
export function answersOfAll(moment: RegistryMoment): number {
  return Math.min(...consumers(moment).map(({ answered }) => answered));
}

function parties(moment: RegistryMoment): readonly Party[] {
  return [...moment.nodes.values()].flatMap(({ state }) => (state === null ? [] : [state]));
}

const availability: Invariant<Party, RegistryMessage, null> = {
  id: 'answered',
  title: { en: 'Every request is answered', zh: '每个请求都得到应答' },
  judge: (moment) => ({ judgement: judgeAvailability(moment), memory: null }),
};

function judgeAvailability(moment: RegistryMoment): Judgement {
  const all = consumers(moment);
  const left = all.find(({ unanswered }) => unanswered > 0);
  if (left !== undefined) {
    return {
      holds: false,
      reason: { en: `None of its servers answered ${left.name}.`, zh: `${left.name} 的服务器无一应答。` },
    };
  }
  const count = all.reduce((sum, { answered }) => sum + answered, 0);
  return count === 0
    ? { holds: null, reason: { en: 'Nobody has asked.', zh: '还没有人询问。' } }
    : { holds: true, reason: { en: `${count} of ${count} requests.`, zh: `${count} 个请求都已应答。` } };
}

const equality: Invariant<Party, RegistryMessage, null> = {
  id: 'equal',
  title: { en: 'All servers give the same list', zh: '所有服务器给出同样的列表' },
  judge: (moment) => ({ judgement: judgeEquality(moment), memory: null }),
};

function judgeEquality(moment: RegistryMoment): Judgement {
  const isUnderWay =
    servers(moment).some(hasNews) || [...moment.inFlight.values()].some(({ message }) => message.kind === 'copy');
  if (isUnderWay) {
    return { holds: null, reason: { en: 'Copies are on their way to the peers.', zh: '副本正在发往其他节点。' } };
  }
  const lists = new Map<string, NodeId[]>();
  for (const server of servers(moment)) {
    const list = listText(listOf(server));
    lists.set(list, [...(lists.get(list) ?? []), server.name]);
  }
  const [only] = lists.keys();
  if (lists.size <= 1) {
    return { holds: true, reason: { en: `All say: ${only ?? '∅'}.`, zh: `都是：${only ?? '∅'}。` } };
  }
  const each = [...lists].map(([list, names]) => `${names.join(', ')}: ${list}`);
  return { holds: false, reason: { en: `${each.join(' — ')}.`, zh: `${each.join('；')}。` } };
}

function view(id: NodeId, { state, status }: NodeMoment<Party, null>): NodeView {
  const role = id.startsWith('R') ? 'server' : id.startsWith('P') ? 'provider' : 'consumer';
  const base = { mark: 'plain', role, log: [] } as const;
  if (state === null || status === 'down') return { ...base, state: 'DOWN', mood: 'calm', facts: [] };
  switch (state.part) {
    case 'server':
      return {
        ...base,
        state: state.preserves ? 'PRESERVING' : 'NORMAL',
        mood: state.preserves ? 'waiting' : 'calm',
        facts: serverFacts(state),
      };
    case 'provider': {
      const isRegistered = state.stampMs !== null;
      return {
        ...base,
        state: isRegistered ? 'REGISTERED' : 'IDLE',
        mood: isRegistered ? 'good' : 'calm',
        facts: [
          fact('registersAt', { kind: 'term', term: state.server }),
          fact('instances', { kind: 'term', term: String(state.instances) }),
        ],
      };
    }
    case 'consumer': {
      const { answer, waitsFor } = state;
      const names: FactValue = answer === null ? { kind: 'none' } : { kind: 'names', names: answer.names };
      return {
        ...base,
        state: waitsFor === null ? (answer === null ? 'IDLE' : 'ANSWERED') : 'ASKING',
        mood: state.unanswered > 0 ? 'wrong' : waitsFor === null ? 'calm' : 'waiting',
        facts: [
          fact('answerFrom', answer === null ? { kind: 'none' } : { kind: 'term', term: answer.from }),
          fact('list', names),
        ],
      };
    }
  }
}

function serverFacts({ leases, lastMinute }: RegistryServer): readonly Fact[] {
  const facts = [
    fact('list', leases.length === 0 ? { kind: 'none' } : { kind: 'names', names: leases.map(leaseName) }),
  ];
  if (lastMinute !== null) {
    const { heard, expected } = lastMinute;
    facts.push(fact('renewals', { kind: 'term', term: `${heard} / ${expected}` }));
  }
  return facts;
}

function fact(id: string, value: FactValue): Fact {
  return { id, value };
}

function annotations(moment: RegistryMoment): readonly Annotation[] {
  const dead = deadNames(moment);
  return servers(moment).flatMap((server): Annotation[] => {
    const listed = dead.filter((name) => listOf(server).includes(name));
    if (listed.length === 0) return [];
    const text = { en: `lists ${listed.join(', ')}, dead`, zh: `列着已死的 ${listed.join('、')}` };
    return [{ text, nodes: [server.name], tone: 'care' }];
  });
}

function describe(message: RegistryMessage): {
  readonly type: string;
  readonly label: string;
  readonly facts: readonly Fact[];
} {
  switch (message.kind) {
    case 'register':
      return named('Register', leaseName(message.lease));
    case 'renew':
      return named('Renew', message.provider);
    case 'unknown':
      return named('NotFound', '');
    case 'cancel':
      return named('Cancel', message.provider);
    case 'copy': {
      const names = message.leases.map(leaseName);
      const all = [...names, ...message.gone.map((name) => `−${name}`)];
      return {
        type: 'Copy',
        label: `Copy(${listText(all)})`,
        facts: [
          fact('list', { kind: 'names', names: all }),
          fact('heard', { kind: 'term', term: String(message.renewals) }),
        ],
      };
    }
    case 'fetch':
      return named('Fetch', '');
    case 'list':
      return {
        type: 'List',
        label: `List(${listText(message.names)})`,
        facts: [fact('list', { kind: 'names', names: message.names })],
      };
  }
}

function named(type: string, what: string): { type: string; label: string; facts: readonly Fact[] } {
  return { type, label: what === '' ? type : `${type}(${what})`, facts: [] };
}

function sentence(moment: RegistryMoment): Text | null {
  const { entry, flight } = moment;
  if (entry === null) return null;
  const { happening } = entry;
  if (happening.kind === 'timer' && happening.timer === 'look') return lookSentence(moment, happening.node);
  if (happening.kind !== 'deliver' || flight === null || flight.message.kind !== 'list') return null;
  const list = listText(flight.message.names);
  return { en: `${flight.from} answers ${flight.to}: ${list}.`, zh: `${flight.from} 回答 ${flight.to}：${list}。` };
}

function lookSentence(moment: RegistryMoment, node: NodeId): Text | null {
  const server = moment.nodes.get(node)?.state;
  if (server?.part !== 'server' || server.lastMinute === null) return null;
  const { heard, expected } = server.lastMinute;
  const limit = renewalThreshold(expected);
  const count = {
    en: `${node} heard ${heard} of ${expected} renewals in the last minute`,
    zh: `${node} 上一分钟收到 ${expected} 次续约中的 ${heard} 次`,
  };
  if (server.preserves) {
    return {
      en: `${count.en}, not more than ${limit} (85 %): it lets no lease run out.`,
      zh: `${count.zh}，没有超过 ${limit}（85 %）：不让任何租约过期。`,
    };
  }
  const gone = moment.entry?.told.flatMap(({ what }) => (what.startsWith('expired ') ? [what.slice(8)] : [])) ?? [];
  return gone.length === 0
    ? {
        en: `${count.en}, more than ${limit}: leases may run out; none has.`,
        zh: `${count.zh}，超过 ${limit}：租约可以过期，但没有过期的。`,
      }
    : {
        en: `${count.en}, more than ${limit}: it strikes off ${gone.join(', ')}, silent for over 90 s.`,
        zh: `${count.zh}，超过 ${limit}：剔除 90 秒以上没有音讯的 ${gone.join('、')}。`,
      };
}

function commands(id: NodeId, moment: RegistryMoment): readonly Offer[] {
  const state = moment.nodes.get(id)?.state;
  if (state?.part === 'consumer') return [{ id: 'ask', text: { en: 'Ask for the list', zh: '询问列表' } }];
  if (state?.part !== 'provider') return [];
  return state.stampMs === null
    ? [{ id: 'register', text: { en: 'Register', zh: '注册' } }]
    : [{ id: 'cancel', text: { en: 'Deregister', zh: '注销' } }];
}

/** What both lessons of the chapter are about. */
export const capTitle: Text = { en: 'CAP: one partition, two registries', zh: 'CAP：一次分区，两种注册中心' };

/** The protocol of the registry; it is taught in the chapter on CAP. */
export const registryProtocol: Protocol<Party, RegistryMessage, null> = {
  id: 'cap',
  title: capTitle,
  about: {
    en: 'After Netflix Eureka: five equal servers keep leases of providers and copy what they hear to each other, with no leader and no quorum. Each answers at once with what it has. Simplified: a provider’s two renewals a minute come as one message, all at the same second.',
    zh: '仿 Netflix Eureka：五台对等的服务器保存提供者的租约，互相复制听到的消息，没有领导者，也不要求多数。每台都立即用手头的列表应答。简化之处：提供者每分钟的两次续约合成一条消息，并且都在同一秒。',
  },
  roles: {
    server: { en: 'Registry server', zh: '注册中心' },
    provider: { en: 'Provider', zh: '服务提供者' },
    consumer: { en: 'Consumer', zh: '服务消费者' },
  },
  words: {
    list: { en: 'list', zh: '列表' },
    renewals: { en: 'renewals / min', zh: '每分钟续约' },
    heard: { en: 'renewals heard', zh: '收到的续约' },
    registersAt: { en: 'registers at', zh: '注册于' },
    instances: { en: 'instances', zh: '实例数' },
    answerFrom: { en: 'answer from', zh: '应答来自' },
    ask: { en: 'Ask for the list', zh: '询问列表' },
    register: { en: 'Register', zh: '注册' },
    cancel: { en: 'Deregister', zh: '注销' },
  },
  timers: {
    renew: { en: 'renew', zh: '续约' },
    look: { en: 'lease check', zh: '检查租约' },
    copy: { en: 'copy', zh: '复制' },
    patience: { en: 'next server', zh: '改问下一台' },
  },
  assumptions: { crashFault: { en: 'Nobody lies', zh: '没有节点说谎' } },
  program: () => registry(plan),
  view,
  describe,
  channel: () => null,
  latencyMs: { min: 5, max: 15 },
  writeMs: 0,
  invariants: [availability, equality],
  annotations,
  commands,
  tampers: () => [],
  breaks: () => null,
  sentence,
};
