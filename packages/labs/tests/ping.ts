/** A protocol for tests: P pings the others until all have acknowledged, having written the ping down. */
import type { Effect, Program, StepContext, Turn } from '@vivarium/simulation/stepped/program';
import type { Protocol } from '../protocol.ts';
import type { ScenarioSpec } from '../scenario.ts';
import { term } from '../text.ts';

/** What a node knows. Changed in place, so that `copy` is put to the test too. */
export interface PingState {
  round: number;
  acks: string[];
  writes: number;
}

export type PingMessage = { readonly type: 'Ping' | 'Ack'; readonly round: number };

/** The last ping that was written down. */
export type PingDisk = number;

type PingTurn = Turn<PingState, PingMessage, PingDisk>;
type PingEffect = Effect<PingMessage, PingDisk>;

function pinging(others: readonly string[]): Program<PingState, PingMessage, PingDisk> {
  const ping = (state: PingState, { random }: StepContext): PingTurn => {
    const effects: PingEffect[] = others
      .filter((to) => !state.acks.includes(to))
      .map((to) => ({ kind: 'send', to, message: { type: 'Ping', round: state.round } }));
    return { state, effects: [...effects, { kind: 'setTimer', timer: 'retry', afterMs: 100 + random.below(50) }] };
  };
  return {
    emptyDisk: () => 0,
    boot: (disk) => ({ state: { round: disk, acks: [], writes: 0 }, effects: [] }),
    step: (state, input, context) => {
      switch (input.kind) {
        case 'command': {
          state.round++;
          state.acks = [];
          return ping(state, context);
        }
        case 'timer':
          return ping(state, context);
        case 'persisted':
          return { state, effects: [{ kind: 'send', to: 'P', message: { type: 'Ack', round: state.round } }] };
        case 'message': {
          const { round, type } = input.message;
          if (type === 'Ping') {
            state.round = round;
            const write = ++state.writes;
            return { state, effects: [{ kind: 'persist', disk: round, write, what: `ping ${round}` }] };
          }
          if (round === state.round && !state.acks.includes(input.from)) state.acks.push(input.from);
          if (state.acks.length < others.length) return { state, effects: [] };
          return {
            state,
            effects: [
              { kind: 'clearTimer', timer: 'retry' },
              { kind: 'tell', what: `all acknowledged ${round}` },
            ],
          };
        }
        default:
          throw new TypeError('no such input');
      }
    },
    died: (state) => (state.round === 0 ? [] : [{ to: others[0] ?? 'P', message: { type: 'Ack', round: 0 } }]),
    copy: (state) => ({ ...state, acks: [...state.acks] }),
  };
}

/** Pings are datagrams, acknowledgements come over a connection. */
export const pingProtocol: Protocol<PingState, PingMessage, PingDisk> = {
  id: 'cap',
  title: term('Ping'),
  about: term('Ping'),
  roles: { pinger: term('pinger'), other: term('other') },
  words: { round: term('round'), acks: term('acks') },
  timers: { retry: { en: 'ping again', zh: '再次 ping' } },
  assumptions: { fifo: { en: 'Messages keep their order', zh: '消息保持顺序' } },
  program: (nodes) => pinging(nodes.slice(1).map(({ id }) => id)),
  view: (id, { state, disk }) => ({
    mark: 'plain',
    role: id === 'P' ? 'pinger' : 'other',
    state: state === null ? 'DOWN' : 'UP',
    mood: 'calm',
    facts: [
      { id: 'round', value: { kind: 'term', term: String(state?.round ?? disk) } },
      { id: 'acks', value: { kind: 'names', names: [...(state?.acks ?? [])] } },
    ],
    log: [],
  }),
  describe: ({ type, round }) => ({
    type,
    label: `${type}(${round})`,
    facts: [{ id: 'round', value: { kind: 'term', term: String(round) } }],
  }),
  channel: ({ type }) => (type === 'Ack' ? 'acks' : null),
  latencyMs: { min: 5, max: 20 },
  writeMs: 7,
  invariants: [
    {
      id: 'no-ack-before-ping',
      title: term('No acknowledgement of what was never sent'),
      judge: ({ nodes }, memory) => {
        const most = Math.max(typeof memory === 'number' ? memory : 0, nodes.get('P')?.state?.round ?? 0);
        const holds = [...nodes.values()].every(({ disk }) => disk <= most);
        return { judgement: { holds: most === 0 ? null : holds, reason: term(`up to ${most}`) }, memory: most };
      },
    },
  ],
  annotations: ({ nodes }) =>
    nodes.get('P')?.state?.acks.length === 2 ? [{ text: term('all'), nodes: ['P'], tone: 'good' }] : [],
  commands: (id) => (id === 'P' ? [{ id: 'ping', text: { en: 'ping all', zh: '向所有节点 ping' } }] : []),
  tampers: ({ round }) => [{ id: 'later', text: term('a later round'), message: { type: 'Ping', round: round + 10 } }],
  breaks: (action) => (action.do === 'tamper' ? 'fifo' : null),
  sentence: () => null,
};

/** Two others; once a ping is lost on the way to A, and A crashes when it has written it down. */
export const pingLesson: ScenarioSpec<PingState, PingMessage, PingDisk> = {
  id: 'ping-lesson',
  title: term('Ping'),
  purpose: term('Ping'),
  kind: 'lesson',
  settings: [
    {
      id: 'crash',
      text: term('crash'),
      choices: [
        { id: 'yes', text: term('yes') },
        { id: 'no', text: term('no') },
      ],
    },
  ],
  nodes: [
    { id: 'P', role: 'pinger', at: { x: 0.5, y: 0.2 } },
    { id: 'A', role: 'other', at: { x: 0.2, y: 0.8 } },
    { id: 'B', role: 'other', at: { x: 0.8, y: 0.8 } },
  ],
  begin: [{ do: 'command', node: 'P', command: 'ping' }],
  rules: [
    {
      when: ({ inFlight }) => [...inFlight.values()].some(({ to }) => to === 'A'),
      act: ({ inFlight }) =>
        [...inFlight.values()].filter(({ to }) => to === 'A').map(({ id }) => ({ do: 'drop', message: id })),
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'persisted' && entry.happening.node === 'A',
      act: [
        { do: 'crash', node: 'A' },
        { do: 'restart', node: 'A' },
      ],
    },
  ],
  narration: [
    { when: ({ n }) => n === 0, text: term('It begins') },
    { when: ({ entry }) => entry?.happening.kind === 'lose', text: term('Lost'), mark: term('lost') },
    { when: ({ entry }) => entry?.happening.kind === 'timer', text: ({ atMs }) => term(`Again at ${atMs} ms`) },
  ],
  predictions: [
    {
      id: 'retry',
      before: ({ entry }) => entry?.happening.kind === 'timer',
      question: term('What does P do?'),
      options: [
        { id: 'again', text: term('ping again') },
        { id: 'give-up', text: term('give up') },
      ],
      settle: ({ entry }) => (entry?.sent.some(({ type }) => type === 'Ping') ? 'again' : null),
      otherwise: 'give-up',
      because: term('It pings until all have acknowledged'),
    },
    {
      id: 'end',
      before: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'crash',
      question: term('Will all acknowledge?'),
      options: [
        { id: 'yes', text: term('yes') },
        { id: 'no', text: term('no') },
      ],
      settle: ({ entry }) => (entry?.told.length ? 'yes' : null),
      otherwise: 'no',
      because: term('The disk survives'),
    },
  ],
  goals: [{ id: 'all', text: term('All acknowledge'), reached: ({ entry }) => (entry?.told.length ?? 0) > 0 }],
  outcome: () => [
    { text: term('all acknowledged'), holds: ({ nodes }) => nodes.get('P')?.state?.acks.length === 2 },
    { text: term('A wrote it down'), holds: ({ nodes }) => nodes.get('A')?.disk === 1 },
  ],
  breaks: () => [],
};
