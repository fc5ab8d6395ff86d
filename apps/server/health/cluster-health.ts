/** The health of one cluster: who looks at its servers, what all ways have told, and what comes of it. */
import type { ConnectionOptions } from 'node:tls';
import type { Groups } from '@vivarium/ensemble/core/membership/configuration';
import type { AskableWord, HealthReport, WordAnswer } from '@vivarium/shared/contract/health';
import { Monitor } from '../monitor/monitor.ts';
import type { Pace } from '../monitor/pace.ts';
import type { MonitoredMember, ServerMonitorEvents } from '../monitor/server-monitor.ts';
import { ClusterFacts } from './cluster-facts.ts';
import { HealthService } from './health-service.ts';
import type { FactMember } from './server-record.ts';

export interface ClusterHealthOptions {
  /** Of the client ports, where they speak TLS. */
  readonly tls: ConnectionOptions | null;
  /** Whether four-letter words and the admin servers may be asked. */
  readonly words: boolean;
  readonly admin: boolean;
  readonly adminPort?: number;
  /** `jute.maxbuffer` of the servers, where somebody has told. */
  readonly maxBufferBytes?: number;
  readonly pace?: Partial<Pace>;
}

export interface ClusterHealthEvents extends ServerMonitorEvents {
  /** Findings came or went. */
  changed(): void;
}

export class ClusterHealth {
  /** What other ways tell goes in here: votes, the mirror's state, transactions. */
  readonly facts: ClusterFacts;
  private readonly monitor: Monitor;
  private readonly service: HealthService;

  /** Looks at nobody before it is told its members. */
  constructor({ maxBufferBytes, ...options }: ClusterHealthOptions, events: ClusterHealthEvents) {
    this.facts = new ClusterFacts(maxBufferBytes === undefined ? {} : { maxBufferBytes });
    this.service = new HealthService(this.facts, { changed: () => events.changed() });
    this.monitor = new Monitor(
      { ...options, members: [] },
      {
        sample: (sample) => {
          this.facts.sample(sample);
          events.sample(sample);
        },
        wayChanged: (way, sid, state) => {
          this.facts.wayChanged(way, sid, state);
          events.wayChanged(way, sid, state);
        },
      },
    );
  }

  /** The servers, and how a quorum of them is counted (null: more than half of the voters). */
  setMembers(members: readonly (FactMember & MonitoredMember)[], groups: Groups | null): void {
    this.facts.setMembers(members, groups);
    this.monitor.setMembers(members);
  }

  /** The newest report, or that of an instant, ms since 1970. */
  report(atMs: number | null): HealthReport {
    return this.service.report(atMs);
  }

  /** Rejects with `ApiFailure` `unknownServer`, `wordNotAllowed` or `wordNotAnswered`. */
  ask(sid: number, word: AskableWord): Promise<WordAnswer> {
    return this.monitor.ask(sid, word);
  }

  /** Looks no more. */
  close(): void {
    this.monitor.close();
    this.service.close();
  }
}
