/** The program of a ZAB lab: real servers and clients on the nodes of a stepped world. */
import { capture, clone } from '@vivarium/ensemble/core/capture';
import type { PeerType, ServerConfig } from '@vivarium/ensemble/core/io';
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import { bootClient, type ClientState, endOf, stepClient } from './client-node.ts';
import { EMPTY_ZAB_DISK, type ZabDisk } from './disk.ts';
import type { ZabMessage } from './messages.ts';
import { bootServer, endsOf, stepServer } from './server-node.ts';
import type { ServerState } from './server-state.ts';

export type ZabState = ServerState | ClientState;
export type ZabProgram = Program<ZabState, ZabMessage, ZabDisk>;

/** What of zoo.cfg matters to a lesson; limits in ticks. */
export interface ZabTimes {
  readonly tickTimeMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly sessionTimeoutMs: number;
  /** How long a client waits before it tries the next server. */
  readonly reconnectMs: number;
  /** How long a server that looks for a leader waits before it repeats its vote: at first, and at most. */
  readonly notificationIntervalMs: { readonly min: number; readonly max: number };
}

/** Long enough that a lesson of a second has no ping, no repeated vote and no timeout in it that it is not about. */
export const QUIET_TIMES: ZabTimes = {
  tickTimeMs: 4000,
  initLimit: 5,
  syncLimit: 2,
  sessionTimeoutMs: 30_000,
  reconnectMs: 600,
  notificationIntervalMs: { min: 1000, max: 16_000 },
};

/** Roles of nodes: `server` votes, `observer` does not, `client` asks. Servers are `S1`, `S2`, … by their sids. */
const ZAB_ROLES = { server: 'server', observer: 'observer', client: 'client' } as const;

/** The server id of a node, by its name. */
function sidOfNode(node: NodeId): number {
  return Number(node.slice(1));
}

/** The program for these nodes. */
export function zabProgram(nodes: readonly NodeSpec[], times: ZabTimes): ZabProgram {
  const servers = nodes.filter(({ role }) => role !== ZAB_ROLES.client);
  const configs = new Map(servers.map(({ id }) => [id, configOf(id, servers, times)]));
  const names = servers.map(({ id }) => id);
  return {
    emptyDisk: () => EMPTY_ZAB_DISK,
    boot: (disk, context) => {
      const config = configs.get(context.node);
      return config === undefined ? bootClient(names, times, context) : bootServer(config, disk, context);
    },
    step: (state, input, context) =>
      state.kind === 'server' ? stepServer(state, input, context) : stepClient(state, input, times, context),
    died: (state) => (state.kind === 'server' ? endsOf(state) : endOf(state)),
    // All else in a state is replaced, never changed.
    copy: (state) => (state.kind === 'server' ? { ...state, server: clone(state.server) } : state),
    // The parts of a server know one another: a capture names each once.
    plain: (state) => (state.kind === 'server' ? { ...state, server: capture(state.server) } : state),
  };
}

function peerType(role: string): PeerType {
  return role === ZAB_ROLES.observer ? 'observer' : 'participant';
}

function configOf(node: NodeId, servers: readonly NodeSpec[], times: ZabTimes): ServerConfig {
  const members = servers.map(({ id, role }) => ({
    sid: sidOfNode(id),
    role: peerType(role),
    spec: `${id}:2888:3888:${peerType(role)}`,
  }));
  const own = members.find(({ sid }) => sid === sidOfNode(node));
  return {
    sid: sidOfNode(node),
    peerType: own?.role ?? 'participant',
    members,
    groups: null,
    unlistedObservers: 'all',
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: false,
    standaloneEnabled: false,
    tickTimeMs: times.tickTimeMs,
    initLimit: times.initLimit,
    syncLimit: times.syncLimit,
    minSessionTimeoutMs: 1,
    maxSessionTimeoutMs: Math.max(times.sessionTimeoutMs, 1),
    sessionPasswords: { issue: 'apache', key: null },
    snapCount: 100_000,
    snapSizeLimitBytes: 0,
    readOnlyMode: false,
    globalOutstandingLimit: 1000,
    maxWatchBytes: 2 ** 20,
    maxTxnBytes: 2 * 0xfffff,
    recentTxns: 500,
    notificationIntervalMs: times.notificationIntervalMs,
    leaderServes: true,
    superDigest: null,
    x509SuperUser: null,
    skipAcl: false,
    enforceQuota: false,
    digestEnabled: true,
    extendedTypesEnabled: false,
    containerCheckIntervalMs: 3_600_000,
    containerMaxPerMinute: 10_000,
    containerMaxNeverUsedMs: 0,
    trace: true,
    seed: sidOfNode(node),
  };
}
