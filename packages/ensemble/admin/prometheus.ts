/**
 * The page that Prometheus reads, in its text format 0.0.4 (Java `PrometheusMetricsProvider`): Apache's names, which are those of
 * `mntr` without `zk_`, a summary as one metric with its quantiles.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { HttpListener } from './http-listener.ts';
import { type MonitorValue, monitorValues } from './monitor-values.ts';
import type { ServerFacts } from './server-facts.ts';

export interface MetricsServerOptions {
  readonly host: string | null;
  readonly port: number;
  readonly setting: string;
  /** Whether the process is told of too. */
  readonly withProcess: boolean;
}

const IDLE_TIMEOUT_MS = 30_000;
const PATH = '/metrics';

/** Serves the page; nothing else is there. */
export function metricsServer(options: MetricsServerOptions, facts: ServerFacts): HttpListener {
  return new HttpListener(
    { ...options, name: 'the port of metrics', idleTimeoutMs: IDLE_TIMEOUT_MS },
    ({ method = '', url = '' }: IncomingMessage, response: ServerResponse) => {
      if (url.split('?', 1)[0] !== PATH) response.writeHead(404).end();
      else if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      else {
        response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(metricsText(facts, options.withProcess));
      }
    },
  );
}

/** The page. */
export function metricsText(facts: ServerFacts, withProcess: boolean): string {
  return [...monitorValues(facts), ...(withProcess ? processValues(facts) : [])].map(metric).join('');
}

function metric(value: MonitorValue): string {
  const { name, kind } = value;
  if (kind === 'text') return '';
  if (kind !== 'summary') {
    return `${head(name, kind === 'counter' ? 'counter' : 'gauge')}${name} ${value.value}\n`;
  }
  const { summary, detailed } = value;
  const fractions = detailed ? [0.5, 0.9, 0.99] : [0.5];
  const quantiles = summary.quantiles(fractions);
  const lines = fractions.map((fraction, i) => {
    const text = summary.count === 0 ? 'NaN' : String(quantiles[i]);
    return `${name}{quantile="${fraction}"} ${text}\n`;
  });
  return `${head(name, 'summary')}${lines.join('')}${name}_count ${summary.count}\n${name}_sum ${summary.sum}\n`;
}

function head(name: string, type: 'gauge' | 'counter' | 'summary'): string {
  return `# HELP ${name} ${name}\n# TYPE ${name} ${type}\n`;
}

/** What Java's exporter tells of a process that this one has too. */
function processValues(facts: ServerFacts): MonitorValue[] {
  const { user, system } = process.cpuUsage();
  const heap = getHeapStatistics();
  const descriptors = facts.fileDescriptors();
  const values: MonitorValue[] = [
    { name: 'process_cpu_seconds_total', kind: 'counter', value: (user + system) / 1e6 },
    { name: 'process_start_time_seconds', kind: 'gauge', value: performance.timeOrigin / 1000 },
    { name: 'nodejs_heap_size_used_bytes', kind: 'gauge', value: heap.used_heap_size },
    { name: 'nodejs_heap_size_total_bytes', kind: 'gauge', value: heap.total_heap_size },
  ];
  const resident = facts.residentBytes();
  if (resident !== null) values.push({ name: 'process_resident_memory_bytes', kind: 'gauge', value: resident });
  if (descriptors === null) return values;
  return [
    ...values,
    { name: 'process_open_fds', kind: 'gauge', value: descriptors.open },
    { name: 'process_max_fds', kind: 'gauge', value: descriptors.max },
  ];
}
