/**
 * What ZAB would be without its order: a leader that sends each write to all at once, and replicas that apply whatever comes,
 * when it comes. Everybody gets everything, nobody crashes, and still they end up different: a wrong variant on purpose.
 */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { Fact } from '../node-view.ts';
import type { Invariant, Judgement, Protocol } from '../protocol.ts';

interface Write {
  readonly path: string;
}

interface Replica {
  readonly name: NodeId;
  readonly others: readonly NodeId[];
  /** What it was asked to create, in the order of its coming. */
  readonly delivered: readonly string[];
  /** What is there: a node whose parent was missing is not. */
  readonly tree: readonly string[];
}

type UnorderedMoment = Moment<Replica, Write, null>;

/** The replicas that are up. */
export function replicas(moment: UnorderedMoment): readonly Replica[] {
  return [...moment.nodes.values()].flatMap(({ state }) => (state === null ? [] : [state]));
}

/** The name of the one that sends. */
export const SENDER = 'L';

function program(nodes: readonly NodeId[]): Program<Replica, Write, null> {
  return {
    emptyDisk: () => null,
    boot: (_disk, { node }) => ({
      state: { name: node, others: nodes.filter((other) => other !== node), delivered: [], tree: [] },
      effects: [],
    }),
    step: (state, input) => {
      if (input.kind === 'message') return { state: deliver(state, input.message.path), effects: [] };
      if (input.kind !== 'command' || state.name !== SENDER) return { state, effects: [] };
      const path = input.command.slice('create '.length);
      const sends = state.others.map((to) => ({ kind: 'send', to, message: { path } }) as const);
      return { state: deliver(state, path), effects: sends };
    },
  };
}

function deliver(state: Replica, path: string): Replica {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const fits = !state.tree.includes(path) && (parent === '' || state.tree.includes(parent));
  return {
    ...state,
    delivered: [...state.delivered, path],
    tree: fits ? [...state.tree, path].sort() : state.tree,
  };
}

const totalOrder: Invariant<Replica, Write, null> = {
  id: 'totalOrder',
  title: {
    en: 'TotalOrder: of any two histories one begins the other',
    zh: 'TotalOrder：任意两份历史，一份是另一份的前缀',
  },
  judge: (moment) => ({ judgement: judgeOrder(moment), memory: null }),
};

function judgeOrder(moment: UnorderedMoment): Judgement {
  const all = replicas(moment);
  for (const one of all) {
    for (const other of all) {
      const shorter = Math.min(one.delivered.length, other.delivered.length);
      const at = one.delivered.findIndex((path, i) => i < shorter && path !== other.delivered[i]);
      if (at < 0) continue;
      const reason = {
        en: `As write ${at + 1}, ${one.name} delivered ${one.delivered[at]}, ${other.name} ${other.delivered[at]}.`,
        zh: `第 ${at + 1} 个写操作，${one.name} 交付的是 ${one.delivered[at]}，${other.name} 是 ${other.delivered[at]}。`,
      };
      return { holds: false, reason };
    }
  }
  return all.some(({ delivered }) => delivered.length > 0)
    ? { holds: true, reason: { en: 'The same order everywhere so far.', zh: '到目前为止处处顺序相同。' } }
    : { holds: null, reason: { en: 'Nothing is delivered yet.', zh: '还没有交付任何写操作。' } };
}

const sameTree: Invariant<Replica, Write, null> = {
  id: 'sameTree',
  title: { en: 'Who has delivered all has the same tree', zh: '全部交付之后，各处的树相同' },
  judge: (moment) => ({ judgement: judgeTrees(moment), memory: null }),
};

function judgeTrees(moment: UnorderedMoment): Judgement {
  const all = replicas(moment);
  const most = Math.max(0, ...all.map(({ delivered }) => delivered.length));
  const done = all.filter(({ delivered }) => delivered.length === most);
  if (most === 0) return { holds: null, reason: { en: 'Nothing is delivered yet.', zh: '还没有交付任何写操作。' } };
  const list = done.map(({ name, tree }) => `${name}: ${tree.join(', ')}`).join(' — ');
  return {
    holds: new Set(done.map(({ tree }) => tree.join())).size === 1,
    reason: { en: `${list}.`, zh: `${list}。` },
  };
}

/** The protocol of the wrong variant; it is shown in the chapter on ZAB. */
export const unorderedBroadcast: Protocol<Replica, Write, null> = {
  id: 'zab',
  title: { en: 'Unordered broadcast (wrong on purpose)', zh: '无序广播（故意写错）' },
  about: {
    en: 'A leader sends each write to all replicas, and each applies it as it comes. Nothing is lost and nobody crashes; only the order is left to the network.',
    zh: '领导者把每个写操作发给所有副本，副本收到就执行。不丢消息，也没有崩溃，只是把顺序交给了网络。',
  },
  roles: { leader: { en: 'leader', zh: '领导者' }, replica: { en: 'replica', zh: '副本' } },
  words: {
    delivered: { en: 'delivered', zh: '已交付' },
    tree: { en: 'tree', zh: '树' },
    path: { en: 'path', zh: '路径' },
  },
  timers: {},
  assumptions: { delivery: { en: 'nothing is lost', zh: '消息不会丢失' } },
  program: (nodes) => program(nodes.map(({ id }) => id)),
  view: (id, { state }) => {
    const names = (fact: string, list: readonly string[]): Fact => ({
      id: fact,
      value: list.length === 0 ? { kind: 'none' } : { kind: 'names', names: list },
    });
    return {
      mark: id === SENDER ? 'leader' : 'follower',
      role: id === SENDER ? 'leader' : 'replica',
      state: '',
      mood: 'calm',
      facts: state === null ? [] : [names('delivered', state.delivered), names('tree', state.tree)],
      log: [],
    };
  },
  describe: ({ path }) => ({
    type: 'Write',
    label: `create ${path}`,
    facts: [{ id: 'path', value: { kind: 'term', term: path } }],
  }),
  channel: () => null,
  latencyMs: { min: 10, max: 20 },
  writeMs: 0,
  invariants: [totalOrder, sameTree],
  annotations: () => [],
  commands: (id) =>
    id === SENDER
      ? ['/a', '/a/b', '/c'].map((path) => ({
          id: `create ${path}`,
          text: { en: `create ${path}`, zh: `创建 ${path}` },
        }))
      : [],
  tampers: () => [],
  breaks: ({ do: what }) =>
    what === 'drop' || what === 'crash' || what === 'cut' || what === 'split' ? 'delivery' : null,
  sentence: (moment) => {
    const { entry, flight } = moment;
    if (entry?.happening.kind !== 'deliver' || flight === null) return null;
    const { path } = flight.message;
    const isThere = moment.nodes.get(flight.to)?.state?.tree.includes(path) ?? false;
    return isThere
      ? { en: `${flight.to} applies create ${path}.`, zh: `${flight.to} 执行 create ${path}。` }
      : {
          en: `${flight.to} applies create ${path}: NONODE, its parent is not there.`,
          zh: `${flight.to} 执行 create ${path}：NONODE，父节点不存在。`,
        };
  },
};
