import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { Random } from '@vivarium/shared/random';
import type { Instant, Output, ServerConfig } from './io.ts';
import { Metrics } from './metrics.ts';

/** What every part of one server's state machine shares: its configuration, the time of this step, and its outputs. */
export class Context {
  readonly config: ServerConfig;
  readonly random: Random;
  readonly metrics = new Metrics();
  now: Instant = { monotonicMs: 0, wallMs: 0 };
  outputs: Output[] = [];

  constructor(config: ServerConfig) {
    this.config = config;
    this.random = new Random(config.seed);
  }

  emit(output: Output): void {
    this.outputs.push(output);
  }

  /** Whether trace events are wanted; ask before building one. */
  get tracing(): boolean {
    return this.config.trace;
  }

  trace(body: ClusterEventBody): void {
    this.outputs.push({ kind: 'trace', body });
  }

  info(message: string): void {
    this.outputs.push({ kind: 'log', level: 'info', message });
  }

  warn(message: string): void {
    this.outputs.push({ kind: 'log', level: 'warn', message });
  }
}
