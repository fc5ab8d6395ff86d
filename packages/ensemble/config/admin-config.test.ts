import { describe, expect, test } from 'vitest';
import { parseZooConfig, type ZooConfig } from './zoo-config.ts';

const PROMETHEUS = 'metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';

function read(...lines: string[]): {
  config: ZooConfig | null;
  faults: readonly string[];
  warnings: readonly string[];
} {
  const text = ['dataDir=/data', 'clientPort=2181', ...lines].join('\n');
  const parsed = parseZooConfig({ file: 'zoo.cfg', text });
  const { warnings } = parsed;
  return parsed.ok
    ? { config: parsed.config, faults: [], warnings }
    : { config: null, faults: parsed.faults, warnings };
}

describe('the keys of the admin server and of metrics', () => {
  test('are read', () => {
    const { config, warnings } = read(
      'admin.serverAddress=[::1]',
      'admin.serverPort=8081',
      'admin.commandURL=/zk/commands',
      'admin.idleTimeout=1000',
      'admin.snapshot.enabled=false',
      'admin.rateLimiterIntervalInMS=5000',
      'admin.portUnification=false',
      PROMETHEUS,
      'metricsProvider.httpHost=127.0.0.1',
      'metricsProvider.httpPort=7001',
      'metricsProvider.exportJvmInfo=false',
      'metricsProvider.numWorkerThreads=4',
    );
    expect(warnings).toEqual([]);
    expect(config?.admin).toEqual({
      host: '::1',
      port: 8081,
      commandUrl: '/zk/commands',
      idleTimeoutMs: 1000,
      snapshotEnabled: false,
      snapshotIntervalMs: 5000,
    });
    expect(config?.metrics).toEqual({ host: '127.0.0.1', port: 7001, withProcess: false });
  });

  test('metrics have a page where the provider is that of Prometheus', () => {
    expect(read().config?.metrics).toBe(null);
    expect(read(PROMETHEUS).config?.metrics).toEqual({ host: '0.0.0.0', port: 7000, withProcess: true });
    const other = 'metricsProvider.className=org.apache.zookeeper.metrics.impl.DefaultMetricsProvider';
    expect(read(other)).toMatchObject({ config: { metrics: null }, warnings: [] });
  });

  test('there is no admin server where it is switched off', () => {
    expect(read('admin.enableServer=false', 'admin.serverPort=8081').config?.admin).toBe(null);
  });

  test.each([
    ['admin.enableServer', 'maybe'],
    ['admin.serverPort', '65536'],
    ['admin.serverAddress', 'a b'],
    ['admin.commandURL', 'commands'],
    ['admin.commandURL', '/commands/'],
    ['admin.idleTimeout', '0'],
    ['admin.forceHttps', 'true'],
    ['admin.portUnification', 'true'],
    ['admin.needClientAuth', 'true'],
    ['metricsProvider.className', 'org.example.Provider'],
    ['metricsProvider.httpPort', '-1'],
    ['metricsProvider.exportJvmInfo', 'perhaps'],
  ])('%s=%s is a fault that names the line', (key, value) => {
    const { faults } = read(`${key}=${value}`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^zoo\\.cfg:3: ${key.replaceAll('.', '\\.')}: `));
  });

  test('what has no effect is said', () => {
    expect(read('admin.restore.enabled=true').warnings).toEqual([
      'zoo.cfg:3: admin.restore.enabled: has no effect: the command restore is refused; see docs/configuration.md',
    ]);
    expect(read('admin.httpVersion=11').warnings[0]).toMatch(/^zoo\.cfg:3: admin\.httpVersion: /);
  });
});
