import { isHost } from '../core/membership/server-spec.ts';
import type { ConfigReader, Setting } from './config-reader.ts';

/** The admin server (Java `JettyAdminServer`, `Commands`). */
export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  /** The path in front of the commands' names, without a slash at its end. */
  readonly commandUrl: string;
  readonly idleTimeoutMs: number;
  readonly snapshotEnabled: boolean;
  /** At least so long is between two snapshots that are asked for. */
  readonly snapshotIntervalMs: number;
}

/** The page that Prometheus reads (Java `PrometheusMetricsProvider`). */
export interface MetricsConfig {
  readonly host: string;
  readonly port: number;
  /** Whether it tells of the process too. */
  readonly withProcess: boolean;
}

const PROMETHEUS = 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';
/** Without a page of its own: the words and commands tell the same. */
const OTHER_PROVIDERS: readonly string[] = [
  'org.apache.zookeeper.metrics.impl.DefaultMetricsProvider',
  'org.apache.zookeeper.metrics.impl.NullMetricsProvider',
];
/** They ask for TLS, without which somebody's credentials would be sent in plain text. */
const TLS_KEYS = ['admin.portUnification', 'admin.forceHttps', 'admin.needClientAuth'];
/** How many threads of Java's write the page, and how they end: here there are none. */
const THREAD_KEYS = ['numWorkerThreads', 'maxQueueSize', 'workerShutdownTimeoutMs'];

/** Null where there is to be none. */
export function readAdmin(reader: ConfigReader): AdminConfig | null {
  const enabled = reader.bool('admin.enableServer', true);
  for (const key of TLS_KEYS) {
    const setting = reader.take(key);
    if (setting === null || setting.value.toLowerCase() === 'false') continue;
    reader.fault(
      setting,
      'asks for TLS, which the admin server does not speak; remove the key, and let a proxy speak it',
    );
  }
  const config = {
    host: readHost(reader, 'admin.serverAddress', '127.0.0.1'),
    port: reader.int('admin.serverPort', { fallback: 8080, min: 0, max: 65_535 }),
    commandUrl: readCommandUrl(reader),
    idleTimeoutMs: reader.int('admin.idleTimeout', { fallback: 30_000, min: 1, unit: 'milliseconds' }),
    snapshotEnabled: reader.bool('admin.snapshot.enabled', true),
    snapshotIntervalMs: reader.int('admin.rateLimiterIntervalInMS', {
      fallback: 300_000,
      min: 0,
      unit: 'milliseconds',
    }),
  };
  const restore = reader.take('admin.restore.enabled');
  if (restore !== null && restore.value.toLowerCase() !== 'false') {
    reader.warn(restore, 'has no effect: the command restore is refused; see docs/configuration.md');
  }
  return enabled ? config : null;
}

/** Null where nothing was asked for. */
export function readMetrics(reader: ConfigReader): MetricsConfig | null {
  const provider = reader.take('metricsProvider.className');
  const config = {
    host: readHost(reader, 'metricsProvider.httpHost', '0.0.0.0'),
    port: reader.int('metricsProvider.httpPort', { fallback: 7000, min: 0, max: 65_535 }),
    withProcess: reader.bool('metricsProvider.exportJvmInfo', true),
  };
  for (const key of THREAD_KEYS) reader.take(`metricsProvider.${key}`);
  if (provider === null || OTHER_PROVIDERS.includes(provider.value)) return null;
  if (provider.value === PROMETHEUS) return config;
  reader.fault(
    provider,
    `"${provider.value}" is not known; it is ${PROMETHEUS}, or one of ${OTHER_PROVIDERS.join(', ')}`,
  );
  return null;
}

function readHost(reader: ConfigReader, key: string, fallback: string): string {
  const setting = reader.take(key);
  if (setting === null) return fallback;
  const bare = setting.value.replace(/^\[(.*)\]$/, '$1');
  if (isHost(bare)) return bare;
  reader.fault(setting, `"${setting.value}" is neither a host name nor an address`);
  return fallback;
}

function readCommandUrl(reader: ConfigReader): string {
  const setting: Setting | null = reader.take('admin.commandURL');
  if (setting === null) return '/commands';
  if (/^(\/[\w.~-]+)+$/.test(setting.value)) return setting.value;
  reader.fault(setting, `"${setting.value}" is not a path; it is one like /commands, without a slash at its end`);
  return '/commands';
}
