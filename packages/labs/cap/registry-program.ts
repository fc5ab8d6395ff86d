/**
 * A registry that answers whatever happens, after Netflix Eureka: servers hold leases of providers, copy what they hear to all
 * peers and merge entry by entry, newer wins; no leader, no quorum, no log. A lease that is not renewed for 90 s runs out, unless
 * the server hears fewer than 85 % of the renewals it expects: then it rather believes in a broken network (self-preservation;
 * `AbstractInstanceRegistry.isLeaseExpirationEnabled`).
 *
 * Simpler than Eureka: a provider's two renewals a minute come as one message at the same second for all; what a server heard
 * goes to its peers half a second later in one message, and a peer that missed a registration learns it from the next renewal
 * (Eureka answers 404, and is sent the registration). A lease is 90 s, not the 180 s that Eureka's `Lease` comes to.
 */
import type { Effect, NodeId, Program, StepContext, Turn } from '@vivarium/simulation/stepped/program';

const leaseMs = 90_000;
/** Between two looks of a server at its leases. */
const minuteMs = 60_000;
const firstLookMs = 100_000;
const renewAtMs = 10_000;
/** How long a server collects what it copies to its peers. */
const batchMs = 500;
/** How long a consumer waits before it asks the next server. */
const patienceMs = 2_000;
/** Of an instance in a minute. */
const renewalsAMinute = 2;
const preservationShare = 0.85;

/** An entry of the registry: what a provider registered, and when it was last heard of. */
export interface Lease {
  readonly provider: NodeId;
  readonly instances: number;
  /** When the provider registered it: the newer one wins. Virtual ms. */
  readonly stampMs: number;
  readonly renewedMs: number;
}

export type RegistryMessage =
  | { readonly kind: 'register'; readonly lease: Lease }
  | { readonly kind: 'renew'; readonly provider: NodeId }
  /** The server has no such lease: register again. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'cancel'; readonly provider: NodeId }
  /** From peer to peer; `renewals` is how many were heard of these leases since the last copy. */
  | {
      readonly kind: 'copy';
      readonly leases: readonly Lease[];
      readonly gone: readonly NodeId[];
      readonly renewals: number;
    }
  | { readonly kind: 'fetch'; readonly request: number }
  | { readonly kind: 'list'; readonly request: number; readonly names: readonly string[] };

export interface RegistryServer {
  readonly part: 'server';
  readonly name: NodeId;
  readonly peers: readonly NodeId[];
  /** By provider. */
  readonly leases: readonly Lease[];
  /** Heard since the last look. */
  readonly renewals: number;
  /** At the last look: heard, and expected then. */
  readonly lastMinute: { readonly heard: number; readonly expected: number } | null;
  readonly preserves: boolean;
  /** Providers whose leases are to be copied to the peers, those that are gone, and the renewals heard of them. */
  readonly toCopy: readonly NodeId[];
  readonly gone: readonly NodeId[];
  readonly renewalsToCopy: number;
  /** Whose leases ran out here. */
  readonly expired: readonly NodeId[];
}

export interface Provider {
  readonly part: 'provider';
  readonly name: NodeId;
  readonly server: NodeId;
  readonly instances: number;
  readonly stampMs: number | null;
}

export interface Consumer {
  readonly part: 'consumer';
  readonly name: NodeId;
  /** In the order in which it tries them. */
  readonly servers: readonly NodeId[];
  readonly request: number;
  /** Which of its servers it waits for; null: it waits for none. */
  readonly waitsFor: number | null;
  readonly answer: { readonly from: NodeId; readonly names: readonly string[] } | null;
  readonly answered: number;
  /** Requests that none of its servers answered. */
  readonly unanswered: number;
}

export type Party = RegistryServer | Provider | Consumer;

type PartyEffect = Effect<RegistryMessage, null>;
type PartyTurn = Turn<Party, RegistryMessage, null>;

/** Who is who. */
export interface RegistryPlan {
  readonly servers: readonly NodeId[];
  readonly providers: Readonly<
    Record<NodeId, { readonly server: NodeId; readonly instances: number; readonly atStart: boolean }>
  >;
  readonly consumers: Readonly<Record<NodeId, readonly NodeId[]>>;
}

/** How an entry is shown: `P1×4`. */
export function leaseName({ provider, instances }: Lease): string {
  return instances === 1 ? provider : `${provider}×${instances}`;
}

/** The providers on a server's list. */
export function listOf(server: RegistryServer): readonly string[] {
  return server.leases.map(leaseName);
}

/** How many renewals a minute the server expects of all on its list. */
function expectedRenewals(leases: readonly Lease[]): number {
  return leases.reduce((sum, { instances }) => sum + instances * renewalsAMinute, 0);
}

/** The number of renewals a minute above which leases may run out: 85 % of those expected, rounded down. */
export function renewalThreshold(expected: number): number {
  return Math.floor(expected * preservationShare);
}

/** The program of servers, providers and consumers. */
export function registry(plan: RegistryPlan): Program<Party, RegistryMessage, null> {
  return {
    emptyDisk: () => null,
    boot: (_disk, context) => boot(plan, context),
    step: (state, input, context) => {
      switch (state.part) {
        case 'server':
          if (input.kind === 'message') return serve(state, input.from, input.message, context.nowMs);
          if (input.kind === 'timer') return input.timer === 'copy' ? copy(state) : look(state, context.nowMs);
          return still(state);
        case 'provider':
          if (input.kind === 'command')
            return input.command === 'cancel' ? cancel(state) : register(state, context.nowMs);
          if (input.kind === 'message')
            return input.message.kind === 'unknown' ? register(state, context.nowMs) : still(state);
          return input.kind === 'timer' ? renew(state) : still(state);
        case 'consumer':
          if (input.kind === 'command') return ask({ ...state, request: state.request + 1 }, 0);
          if (input.kind === 'message') return hear(state, input.from, input.message);
          return input.kind === 'timer' ? ask(state, (state.waitsFor ?? 0) + 1) : still(state);
      }
    },
  };
}

function still(state: Party): PartyTurn {
  return { state, effects: [] };
}

function boot(plan: RegistryPlan, { node, nowMs }: StepContext): PartyTurn {
  const provider = plan.providers[node];
  if (provider !== undefined) {
    const { server, instances, atStart } = provider;
    const state: Provider = { part: 'provider', name: node, server, instances, stampMs: null };
    return atStart ? register(state, nowMs) : still(state);
  }
  const servers = plan.consumers[node];
  if (servers !== undefined) {
    return still({
      part: 'consumer',
      name: node,
      servers,
      request: 0,
      waitsFor: null,
      answer: null,
      answered: 0,
      unanswered: 0,
    });
  }
  return {
    state: {
      part: 'server',
      name: node,
      peers: plan.servers.filter((server) => server !== node),
      leases: [],
      renewals: 0,
      lastMinute: null,
      preserves: false,
      toCopy: [],
      gone: [],
      renewalsToCopy: 0,
      expired: [],
    },
    effects: [{ kind: 'setTimer', timer: 'look', afterMs: untilNext(firstLookMs, nowMs) }],
  };
}

/** How long until the next moment that is `phaseMs` plus whole minutes, and not before `phaseMs`. */
function untilNext(phaseMs: number, nowMs: number): number {
  return nowMs < phaseMs ? phaseMs - nowMs : minuteMs - ((nowMs - phaseMs) % minuteMs);
}

// Providers

function register(state: Provider, nowMs: number): PartyTurn {
  const { name, instances, server } = state;
  const lease: Lease = { provider: name, instances, stampMs: nowMs, renewedMs: nowMs };
  return {
    state: { ...state, stampMs: nowMs },
    effects: [{ kind: 'send', to: server, message: { kind: 'register', lease } }, nextRenewal(nowMs)],
  };
}

function nextRenewal(nowMs: number): PartyEffect {
  const afterMs = untilNext(renewAtMs, nowMs);
  // Not in the same half minute as the registration.
  return { kind: 'setTimer', timer: 'renew', afterMs: afterMs < minuteMs / 2 ? afterMs + minuteMs : afterMs };
}

function renew(state: Provider): PartyTurn {
  if (state.stampMs === null) return still(state);
  return {
    state,
    effects: [
      { kind: 'send', to: state.server, message: { kind: 'renew', provider: state.name } },
      { kind: 'setTimer', timer: 'renew', afterMs: minuteMs },
    ],
  };
}

function cancel(state: Provider): PartyTurn {
  return {
    state: { ...state, stampMs: null },
    effects: [
      { kind: 'send', to: state.server, message: { kind: 'cancel', provider: state.name } },
      { kind: 'clearTimer', timer: 'renew' },
    ],
  };
}

// Consumers

function ask(state: Consumer, index: number): PartyTurn {
  const server = state.servers[index];
  if (server === undefined) {
    return {
      state: { ...state, waitsFor: null, unanswered: state.unanswered + 1 },
      effects: [{ kind: 'tell', what: 'unanswered' }],
    };
  }
  return {
    state: { ...state, waitsFor: index },
    effects: [
      { kind: 'send', to: server, message: { kind: 'fetch', request: state.request } },
      { kind: 'setTimer', timer: 'patience', afterMs: patienceMs },
    ],
  };
}

function hear(state: Consumer, from: NodeId, message: RegistryMessage): PartyTurn {
  if (message.kind !== 'list' || message.request !== state.request || state.waitsFor === null) return still(state);
  return {
    state: { ...state, waitsFor: null, answer: { from, names: message.names }, answered: state.answered + 1 },
    effects: [
      { kind: 'clearTimer', timer: 'patience' },
      { kind: 'tell', what: 'answered' },
    ],
  };
}

// Servers

function serve(state: RegistryServer, from: NodeId, message: RegistryMessage, nowMs: number): PartyTurn {
  switch (message.kind) {
    case 'register': {
      const { lease } = message;
      return spread(state, {
        ...state,
        leases: merge(state.leases, lease),
        toCopy: withName(state.toCopy, lease.provider),
      });
    }
    case 'renew': {
      const lease = state.leases.find(({ provider }) => provider === message.provider);
      if (lease === undefined) return { state, effects: [{ kind: 'send', to: from, message: { kind: 'unknown' } }] };
      const heard = lease.instances * renewalsAMinute;
      return spread(state, {
        ...state,
        leases: merge(state.leases, { ...lease, renewedMs: nowMs }),
        renewals: state.renewals + heard,
        toCopy: withName(state.toCopy, lease.provider),
        renewalsToCopy: state.renewalsToCopy + heard,
      });
    }
    case 'cancel': {
      const leases = without(state.leases, message.provider);
      return spread(state, { ...state, leases, gone: withName(state.gone, message.provider) });
    }
    case 'copy': {
      const kept = state.leases.filter(({ provider }) => !message.gone.includes(provider));
      const leases = message.leases.reduce(merge, kept);
      return still({ ...state, leases, renewals: state.renewals + message.renewals });
    }
    case 'fetch':
      return {
        state,
        effects: [
          { kind: 'send', to: from, message: { kind: 'list', request: message.request, names: listOf(state) } },
        ],
      };
    default:
      return still(state);
  }
}

/** Entry by entry, the newer registration wins; of the same one, the later renewal. */
function merge(leases: readonly Lease[], lease: Lease): readonly Lease[] {
  const known = leases.find(({ provider }) => provider === lease.provider);
  if (known !== undefined) {
    if (known.stampMs > lease.stampMs) return leases;
    if (known.stampMs === lease.stampMs && known.renewedMs >= lease.renewedMs) return leases;
  }
  return [...without(leases, lease.provider), lease].sort((a, b) => (a.provider < b.provider ? -1 : 1));
}

function without(leases: readonly Lease[], provider: NodeId): readonly Lease[] {
  return leases.filter((lease) => lease.provider !== provider);
}

function withName(names: readonly NodeId[], name: NodeId): readonly NodeId[] {
  return names.includes(name) ? names : [...names, name];
}

/** The peers are told soon, in one message with what comes meanwhile. */
function spread(before: RegistryServer, state: RegistryServer): PartyTurn {
  return { state, effects: hasNews(before) ? [] : [{ kind: 'setTimer', timer: 'copy', afterMs: batchMs }] };
}

/** Whether the server knows something that it has not told its peers. */
export function hasNews({ toCopy, gone }: RegistryServer): boolean {
  return toCopy.length > 0 || gone.length > 0;
}

function copy(state: RegistryServer): PartyTurn {
  const message: RegistryMessage = {
    kind: 'copy',
    leases: state.leases.filter(({ provider }) => state.toCopy.includes(provider)),
    gone: state.gone,
    renewals: state.renewalsToCopy,
  };
  return {
    state: { ...state, toCopy: [], gone: [], renewalsToCopy: 0 },
    effects: state.peers.map((to) => ({ kind: 'send', to, message })),
  };
}

/** Once a minute: counts what was heard, and strikes off whose lease has run out, unless too few were heard at all. */
function look(state: RegistryServer, nowMs: number): PartyTurn {
  const expected = expectedRenewals(state.leases);
  const preserves = state.leases.length > 0 && state.renewals <= renewalThreshold(expected);
  const over = preserves ? [] : state.leases.filter(({ renewedMs }) => nowMs - renewedMs > leaseMs);
  const names = over.map(({ provider }) => provider);
  const effects: PartyEffect[] = [{ kind: 'setTimer', timer: 'look', afterMs: minuteMs }];
  if (preserves) effects.push({ kind: 'tell', what: 'preserves' });
  for (const name of names) effects.push({ kind: 'tell', what: `expired ${name}` });
  return {
    state: {
      ...state,
      leases: state.leases.filter(({ provider }) => !names.includes(provider)),
      renewals: 0,
      lastMinute: { heard: state.renewals, expected },
      preserves,
      expired: [...state.expired.filter((name) => !names.includes(name)), ...names],
    },
    effects,
  };
}
