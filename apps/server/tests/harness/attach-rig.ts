/** The whole program, attached to clusters of a clusters file, and what it says of them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Door, ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { freePorts } from '@vivarium/ensemble/tests/harness/ports';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { Finding, FindingCode, HealthReport } from '@vivarium/shared/contract/health';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { AttachedInfo, ClusterInfo, Way, WayInfo, WayReasonCode } from '@vivarium/shared/contract/source';
import type { TransactionJson, TransactionsJson } from '@vivarium/shared/contract/transactions';
import { type Answer, VivariumRig } from './vivarium-rig.ts';

/** A cluster as it stands in the clusters file. */
export interface ClusterEntry {
  readonly id: string;
  readonly connect: string;
  readonly readOnly?: boolean;
  readonly ways?: Partial<Record<Exclude<Way, 'client'>, boolean>>;
  readonly members?: readonly Readonly<Record<string, string | number>>[];
  readonly [key: string]: unknown;
}

export interface EntryOptions {
  /** Ways that are tried besides the client session; default: all. */
  readonly ways?: readonly Exclude<Way, 'client'>[];
  /** Ports of these kinds are given as some where nobody listens. */
  readonly closed?: readonly Door[];
}

const ALL_WAYS = ['observer', 'election', 'words', 'admin'] as const;
const EVENTS_AT_ONCE = 20_000;

export type AttachedClusterInfo = ClusterInfo & { readonly attached: AttachedInfo };

/** How a foreign ensemble stands in the clusters file: by the proxies before its ports. */
export async function entryOf(
  foreign: ForeignEnsemble,
  id: string,
  { ways = ALL_WAYS, closed = [] }: EntryOptions = {},
): Promise<ClusterEntry> {
  const [nobody = 0] = await freePorts(1);
  const members = foreign.servers.map(({ sid, observer, doors }) => {
    const ports = [...doors].map(([door, proxy]) => [door, closed.includes(door) ? nobody : proxy.port] as const);
    return {
      sid,
      role: observer ? 'observer' : 'participant',
      ...Object.fromEntries(ports.map(([door, port]) => [door, `127.0.0.1:${port}`])),
    };
  });
  return {
    id,
    connect: foreign.connectString,
    ways: Object.fromEntries(ALL_WAYS.map((way) => [way, ways.includes(way)])),
    members,
  };
}

export class AttachRig {
  readonly rig: VivariumRig;

  private constructor(rig: VivariumRig) {
    this.rig = rig;
  }

  /** Starts the program with these clusters, and no servers of its own. */
  static async start(entries: readonly ClusterEntry[], argv: readonly string[] = []): Promise<AttachRig> {
    const directory = mkdtempSync(path.join(tmpdir(), 'vivarium-attach-'));
    writeFileSync(path.join(directory, 'clusters.json'), JSON.stringify({ clusters: entries }, null, 2));
    // Whoever attaches on the command line hosts nothing; nobody is at this address.
    return new AttachRig(await VivariumRig.start(['--attach', '127.0.0.1:1', ...argv], directory));
  }

  /** Ends the program; nothing is left of it. */
  async remove(): Promise<void> {
    await this.rig.remove();
  }

  get<T>(cluster: string, request: string): Promise<Answer<T>> {
    return this.rig.call<T>('GET', `/api/clusters/${cluster}/${request}`);
  }

  async info(cluster: string): Promise<AttachedClusterInfo> {
    const { body } = await this.rig.call<{ clusters: readonly ClusterInfo[] }>('GET', '/api/clusters');
    const info = body.clusters.find(({ id }) => id === cluster);
    if (info === undefined || info.attached === null) throw new Error(`no attached cluster ${cluster}`);
    return { ...info, attached: info.attached };
  }

  async way(cluster: string, way: Way): Promise<WayInfo> {
    const { attached } = await this.info(cluster);
    const found = attached.ways.find((one) => one.way === way);
    if (found === undefined) throw new Error(`${cluster} has no way ${way}`);
    return found;
  }

  /** Waits until the way is in this state, for this reason where one is given. */
  wayIs(
    cluster: string,
    way: Way,
    state: WayInfo['state'],
    deadlineMs = 20_000,
    code?: WayReasonCode,
  ): Promise<WayInfo> {
    return pollUntil(
      async () => {
        const info = await this.way(cluster, way);
        return info.state === state && (code === undefined || info.reason?.code === code) ? info : undefined;
      },
      {
        deadlineMs,
        intervalMs: 100,
        describe: async () => `${way} ${state} ${code ?? ''}: ${JSON.stringify(await this.info(cluster))}`,
      },
    );
  }

  /** Waits until the mirror has the whole tree. */
  async mirrored(cluster: string, deadlineMs = 20_000): Promise<void> {
    await pollUntil(async () => ((await this.info(cluster)).attached.mirror?.state === 'complete' ? true : undefined), {
      deadlineMs,
      intervalMs: 100,
      describe: async () => `a mirror: ${JSON.stringify(await this.info(cluster))}`,
    });
  }

  async health(cluster: string): Promise<HealthReport> {
    const { status, body, text } = await this.get<HealthReport>(cluster, 'health');
    if (status !== 200) throw new Error(`no health of ${cluster}: ${text}`);
    return body;
  }

  /** Waits until the report says what is asked for. */
  healthUntil<T>(
    cluster: string,
    ask: (report: HealthReport) => T | undefined,
    what: string,
    deadlineMs = 30_000,
  ): Promise<T> {
    return pollUntil(async () => ask(await this.health(cluster)), {
      deadlineMs,
      intervalMs: 200,
      describe: async () => `${what}: ${JSON.stringify(await this.health(cluster), null, 1)}`,
    });
  }

  /** Waits for a finding, of this server where one is given. */
  finding(cluster: string, code: FindingCode, sid: number | null = null, deadlineMs?: number): Promise<Finding> {
    return this.healthUntil(
      cluster,
      ({ findings }) => findings.find((found) => found.code === code && (sid === null || found.sids.includes(sid))),
      `${code} of ${sid ?? 'the cluster'}`,
      deadlineMs,
    );
  }

  /** Waits until none of these is found any more. */
  async gone(cluster: string, ...codes: readonly FindingCode[]): Promise<void> {
    const isGone = ({ findings }: HealthReport): true | undefined =>
      findings.some(({ code }) => codes.includes(code)) ? undefined : true;
    await this.healthUntil(cluster, isGone, `no ${codes.join(', ')}`, 60_000);
  }

  async transactions(cluster: string, query = ''): Promise<readonly TransactionJson[]> {
    const { status, body, text } = await this.get<TransactionsJson>(cluster, `transactions${query}`);
    if (status !== 200) throw new Error(`no transactions of ${cluster}: ${text}`);
    return body.transactions;
  }

  /** All kept events of this kind behind a number. */
  async events<Kind extends ClusterEventBody['kind']>(
    cluster: string,
    kind: Kind,
    behind: number,
  ): Promise<(FeedEvent & { readonly body: Extract<ClusterEventBody, { kind: Kind }> })[]> {
    const found: (FeedEvent & { readonly body: Extract<ClusterEventBody, { kind: Kind }> })[] = [];
    for (let after = behind; ; ) {
      const query = `events?after=${after}&limit=${EVENTS_AT_ONCE}`;
      const { body } = await this.get<{ events: readonly FeedEvent[] }>(cluster, query);
      for (const event of body.events) {
        if (event.body.kind === kind) found.push({ ...event, body: event.body as never });
      }
      const last = body.events.at(-1);
      if (last === undefined) return found;
      after = last.n;
    }
  }
}
