import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../../harness/four-letter-word.ts';
import { RawConnection } from '../../harness/raw-connection.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';

const VERSION = String.raw`Zookeeper version: .+-.+, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC\n`;
const COUNTERS =
  String.raw`Latency min/avg/max: \d+/\d+(\.\d{1,4})?/\d+\nReceived: \d+\nSent: \d+\nConnections: \d+\n` +
  String.raw`Outstanding: \d+\nZxid: 0x[0-9a-f]+\nMode: (leader|follower|standalone)\nNode count: \d+\n` +
  String.raw`(Proposal sizes last/min/max: -?\d+/-?\d+/-?\d+\n)?`;

/** The keys that monitoring reads on every server. */
const COMMON_KEYS = [
  'zk_version',
  'zk_server_state',
  'zk_avg_latency',
  'zk_min_latency',
  'zk_max_latency',
  'zk_packets_received',
  'zk_packets_sent',
  'zk_num_alive_connections',
  'zk_outstanding_requests',
  'zk_znode_count',
  'zk_watch_count',
  'zk_ephemerals_count',
  'zk_approximate_data_size',
  'zk_open_file_descriptor_count',
  'zk_max_file_descriptor_count',
];
const LEADER_KEYS = ['zk_synced_followers', 'zk_pending_syncs'];

describe.each([
  { name: 'one server', servers: 1 },
  { name: 'three servers', servers: 3 },
])('four-letter words to $name', ({ servers }) => {
  let ensemble: TestEnsemble;
  let session: RawConnection;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ servers });
    session = await RawConnection.openSession(ensemble.server(0).clientPort);
  });

  afterAll(async () => {
    session?.destroy();
    await ensemble?.stop();
  });

  test('ruok and isro', async () => {
    for (const { clientPort } of ensemble.servers) {
      expect(await fourLetterWord(clientPort, 'ruok')).toBe('imok');
      expect(await fourLetterWord(clientPort, 'isro')).toBe('rw');
      expect(await fourLetterWord(clientPort, 'ruok\n')).toBe('imok');
    }
  });

  test('srvr', async () => {
    const modes: string[] = [];
    for (const { clientPort } of ensemble.servers) {
      const text = await fourLetterWord(clientPort, 'srvr');
      expect(text).toMatch(new RegExp(`^${VERSION}${COUNTERS}$`));
      const mode = /^Mode: (.+)$/m.exec(text)?.[1] ?? '';
      expect(text.includes('Proposal sizes')).toBe(mode === 'leader');
      modes.push(mode);
    }
    expect(modes.toSorted()).toEqual(servers === 1 ? ['standalone'] : ['follower', 'follower', 'leader']);
  });

  test('stat lists the connections', async () => {
    const text = await fourLetterWord(ensemble.server(0).clientPort, 'stat');
    const client = String.raw` /127\.0\.0\.1:\d+\[[0-9a-f]+\]\(queued=\d+,recved=\d+,sent=\d+\)\n`;
    expect(text).toMatch(new RegExp(`^${VERSION}Clients:\n(${client}){2,}\n${COUNTERS}$`));
  });

  test('mntr has the keys that monitoring reads, and the right state', async () => {
    const states: string[] = [];
    for (const { clientPort } of ensemble.servers) {
      const text = await fourLetterWord(clientPort, 'mntr');
      const lines = text.trimEnd().split('\n');
      for (const line of lines) {
        expect(line).toMatch(/^zk_\S+\t.*$/);
      }
      const values = new Map(lines.map((line) => line.split('\t') as [string, string]));
      const state = values.get('zk_server_state') ?? '';
      states.push(state);
      expect([...values.keys()]).toEqual(
        expect.arrayContaining(state === 'leader' ? [...COMMON_KEYS, ...LEADER_KEYS] : COMMON_KEYS),
      );
      if (state === 'leader') {
        expect(Number(values.get('zk_synced_followers'))).toBe(2);
      }
      expect(Number(values.get('zk_znode_count'))).toBeGreaterThanOrEqual(4);
    }
    expect(states.toSorted()).toEqual(servers === 1 ? ['standalone'] : ['follower', 'follower', 'leader']);
  });

  test('an unknown word closes the connection without output', async () => {
    expect(await fourLetterWord(ensemble.server(0).clientPort, 'nope').catch(() => '')).toBe('');
  });
});

test('a word outside the whitelist is refused; by default only srvr is inside', async () => {
  const ensemble = await TestEnsemble.start({ servers: 1, extra: { '4lw.commands.whitelist': 'srvr, isro' } });
  try {
    const { clientPort } = ensemble.server(0);
    expect(await fourLetterWord(clientPort, 'isro')).toBe('rw');
    expect(await fourLetterWord(clientPort, 'ruok')).toBe('ruok is not executed because it is not in the whitelist.\n');
  } finally {
    await ensemble.stop();
  }
});

test('a server without a quorum says that it does not serve, and is alive', async () => {
  const ensemble = await TestEnsemble.start({ servers: 3 });
  try {
    await ensemble.server(0).crash();
    await ensemble.server(1).crash();
    const { clientPort } = ensemble.server(2);
    const refusal = 'This ZooKeeper instance is not currently serving requests\n';
    await expect.poll(() => fourLetterWord(clientPort, 'srvr').catch(() => ''), { timeout: 20_000 }).toBe(refusal);
    expect(await fourLetterWord(clientPort, 'mntr')).toBe(refusal);
    expect(await fourLetterWord(clientPort, 'ruok')).toBe('imok');
    expect(await fourLetterWord(clientPort, 'isro')).toBe('null');
  } finally {
    await ensemble.stop();
  }
});
