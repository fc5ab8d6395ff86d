/** Looks at what is known of a cluster every second, and keeps what it found. */
import type { Finding, HealthReport, Replica } from '@vivarium/shared/contract/health';
import { AVAILABILITY_RULES } from './availability-rules.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { DATA_RULES } from './data-rules.ts';
import type { Facts } from './facts.ts';
import { LastingFindings } from './lasting-findings.ts';
import { LOAD_RULES } from './load-rules.ts';
import { restartAnswers } from './quorum-count.ts';
import { type ReplicaRow, replicasOf } from './replicas.ts';
import type { Rule } from './rule.ts';
import { SETTING_RULES } from './setting-rules.ts';

const RULES: readonly Rule[] = [...AVAILABILITY_RULES, ...DATA_RULES, ...LOAD_RULES, ...SETTING_RULES];

const LOOK_MS = 1_000;
/** Of reports that say the same one is kept in so long. */
const KEEP_EVERY_MS = 10_000;
/** Three hours where little happens. */
const MAX_KEPT = 1_080;

/** A report without lines over time. */
type Kept = Omit<HealthReport, 'replicas'> & { readonly rows: readonly ReplicaRow[] };

export interface HealthEvents {
  /** Findings came or went. */
  changed(): void;
}

export class HealthService {
  private readonly facts: ClusterFacts;
  private readonly events: HealthEvents;
  private readonly lasting = new LastingFindings(RULES);
  /** The oldest first. */
  private readonly kept: Kept[] = [];
  private newest: { readonly kept: Kept; readonly facts: Facts };
  private readonly timer: NodeJS.Timeout;

  constructor(facts: ClusterFacts, events: HealthEvents = { changed: () => {} }) {
    this.facts = facts;
    this.events = events;
    this.newest = this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** The newest report, or the one that was the newest at an instant, ms since 1970; the oldest one for all before. */
  report(atMs: number | null = null): HealthReport {
    const { kept, facts } = this.newest;
    if (atMs === null || atMs >= kept.atMs) return this.withSeries(kept, facts, kept.atMs);
    const then = this.kept.findLast((report) => report.atMs <= atMs) ?? this.kept[0] ?? kept;
    return this.withSeries(then, facts, Math.max(then.atMs, atMs));
  }

  /** Looks no more; what was found can still be asked for. */
  close(): void {
    clearInterval(this.timer);
  }

  private look(): { readonly kept: Kept; readonly facts: Facts } {
    const facts = this.facts.at();
    const findings = this.lasting.look(facts);
    const report: Kept = {
      atMs: facts.nowMs,
      word: wordOf(facts, findings),
      findings,
      rows: replicasOf(facts),
      restart: restartAnswers(facts),
      blind: RULES.filter((rule) => !rule.canLook(facts)).map(({ code, ways }) => ({ code, ways })),
      writesPerSecond: facts.writesPerSecond === null ? null : Math.round(facts.writesPerSecond * 10) / 10,
      fromMs: facts.nowMs,
    };
    const last = this.kept.at(-1);
    const isNews = last === undefined || idsOf(last.findings) !== idsOf(findings) || last.word !== report.word;
    if (isNews || report.atMs - last.atMs >= KEEP_EVERY_MS) this.kept.push(report);
    if (this.kept.length > MAX_KEPT) this.kept.shift();
    this.newest = { kept: report, facts };
    if (isNews && last !== undefined) this.events.changed();
    return this.newest;
  }

  private withSeries({ rows, ...report }: Kept, facts: Facts, untilMs: number): HealthReport {
    const upTo = (points: Replica['series']['latencyMs']) => points.filter(([pointMs]) => pointMs <= untilMs);
    let fromMs = report.atMs;
    const replicas = rows.map((row): Replica => {
      const series = facts.servers.find(({ sid }) => sid === row.sid)?.series;
      const latencyMs = upTo(series?.latencyMs ?? []);
      const outstanding = upTo(series?.outstanding ?? []);
      const znodes = upTo(series?.znodes ?? []);
      for (const [first] of [latencyMs, outstanding, znodes])
        if (first !== undefined) fromMs = Math.min(fromMs, first[0]);
      return { ...row, series: { latencyMs, outstanding, znodes } };
    });
    return { ...report, replicas, fromMs };
  }
}

function wordOf({ servers, leader }: Facts, findings: readonly Finding[]): HealthReport['word'] {
  if (findings.some(({ code }) => code === 'noLeader' || code === 'quorumLost')) return 'down';
  if (findings.some(({ severity }) => severity !== 'info')) return 'atRisk';
  if (leader === null || servers.every(({ role }) => role === null)) return 'unknown';
  return findings.length > 0 ? 'coming' : 'healthy';
}

function idsOf(findings: readonly Finding[]): string {
  return findings.map(({ id, severity }) => `${id} ${severity}`).join('\n');
}
