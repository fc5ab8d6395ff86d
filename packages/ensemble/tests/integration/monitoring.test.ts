/**
 * Every four-letter word and every command of the admin server, of ours and of Apache's 3.8, compared by their form, in every role.
 * What differs on purpose is named here, each with its reason.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../admin/commands.ts';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { pollUntil } from '../harness/poll.ts';
import { freePorts } from '../harness/ports.ts';
import { parsePrometheusText } from '../harness/prometheus-text.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import {
  adminJvmArguments,
  giveAdminPorts,
  Monitored,
  type MonitoredServer,
  quietWord,
  type RoleUnderTest,
} from './monitoring/monitored.ts';
import { jsonShape, textShape, unordered } from './monitoring/shapes.ts';

const ROLES: readonly RoleUnderTest[] = ['standalone', 'leader', 'follower'];
/** All but `envi`, whose values are each machine's own. */
const WORDS = 'ruok isro srvr stat cons conf dump wchs wchc wchp dirs hash gtmk mntr srst crst'.split(' ');
const PROMETHEUS = 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';

/** Told by Apache's Java, and of its own making: threads, queues, caches, pools and features that are not here. */
const JAVA_ONLY = [
  // The stages of Java's request processors, and the queues between them.
  /prep_process|session_prep_time/,
  /proposal_process_time/,
  /sync_process/,
  /commit_?proc/,
  /session_queue/,
  /requests_in_session_queue/,
  /_committed_time_ms$/,
  /_final_proc_time_ms$/,
  /^request_commit_queued$/,
  /^outstanding_changes_/,
  /^requests_not_forwarded/,
  /^learner_request_processor_queue_size/,
  /^skip_learner_request/,
  /commit_process_time/,
  /write_batch_time/,
  // The learner master of observers, and the threads that write to learners.
  /om_(commit|proposal)_process_time/,
  /learner_handler_qp/,
  /proposal_ack_creation_latency/,
  /commit_propagation_latency/,
  /inflight_(diff|snap)_count/,
  // Netty, the JVM, caches of answers, dead watchers that are cleaned later.
  /netty_queued_buffer_capacity/,
  /jvm_pause_time_ms/,
  /response_packet_/,
  /dead_watcher/,
  /socket_closing_time/,
  // Throttles that are not here: what is bounded is bounded otherwise.
  /throttle/,
  /^stale_(requests|replies)/,
  /^large_requests_rejected$/,
  /connection_token_deficit/,
  /^connection_drop_probability$/,
  // SASL and the AdminServer's TLS; each handshake's fate is in the log.
  /^ensemble_auth_/,
  /^insecure_admin_count$/,
  /handshake/,
  // Never more than zero in a server that goes on.
  /^unrecoverable_error_count$/,
  /^quit_leading_due_to_disloyal_voter$/,
  // As many names as clients make top-level nodes.
  /_per_namespace$/,
  // What a start read is one time here.
  /startup_(txns|snap)_load/,
  // Bytes of paths, which nobody asks for.
  /^watch_bytes$/,
];
const SET_ACL = 7;
/** Told by ours alone: the epoch, which Apache's tells in a file only. */
const OURS_ONLY = ['current_epoch'];

let ours: Monitored;
let apache: Monitored;

beforeAll(async () => {
  [ours, apache] = await Promise.all([Monitored.start('vivarium'), Monitored.start('apache')]);
});

afterAll(async () => {
  await Promise.all([ours?.stop(), apache?.stop()]);
});

async function commandOf(
  { adminPort }: Pick<MonitoredServer, 'adminPort'>,
  name: string,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/commands/${name}`);
  expect(response.headers.get('content-type')).toBe('application/json');
  return { status: response.status, body: await response.json() };
}

/** Names of summaries without what of them is told. */
function metricName(key: string): string {
  return key.replace(/^(avg|min|max|cnt|sum|p50|p95|p99|p999)_(?!latency$|proposal_size$|client_response_size$)/, '');
}

/** Of both lists, what only one has, without what may be so. */
function differences(own: readonly string[], theirs: readonly string[]): { missing: string[]; surplus: string[] } {
  const isMissing = (key: string): boolean =>
    !own.includes(key) && !JAVA_ONLY.some((known) => known.test(metricName(key)));
  return {
    missing: theirs.filter(isMissing),
    surplus: own.filter((key) => !theirs.includes(key) && !OURS_ONLY.includes(key)),
  };
}

describe.each(ROLES)('of a %s', (role) => {
  test.each(['ruok', 'isro', 'srvr', 'stat', 'cons', 'conf', 'dump', 'wchs', 'wchc', 'wchp', 'dirs', 'hash', 'gtmk'])(
    'the word %s is answered in the form of Apache',
    async (word) => {
      const [own, theirs] = await Promise.all([quietWord(ours.of(role), word), quietWord(apache.of(role), word)]);
      // Java's sets have no order, connections and what they watch; how many expire at one instant is by chance.
      const inOrder = (text: string): string[] => {
        const lines = textShape(text);
        if (word === 'dump') return [...new Set(lines)].sort();
        return ['stat', 'cons', 'wchc', 'wchp'].includes(word) ? lines.sort() : lines;
      };
      expect(inOrder(own)).toEqual(inOrder(theirs));
    },
  );

  test('stmk sets what gtmk tells', async () => {
    for (const monitored of [ours, apache]) {
      const { clientPort } = monitored.of(role).server;
      expect(await fourLetterWord(clientPort, 'stmk\0\0\0\0\0\0\x01\x33')).toBe('307');
      expect(await fourLetterWord(clientPort, 'gtmk')).toBe('307');
      expect(await fourLetterWord(clientPort, 'stmk\0\0\0\0\0\0\x01\x32')).toBe('306');
    }
  });

  test('envi has what there is without Java', async () => {
    const keysOf = async (monitored: Monitored): Promise<string[]> => {
      const lines = (await fourLetterWord(monitored.of(role).server.clientPort, 'envi')).split('\n');
      return lines.map((line) => line.split('=')[0] ?? '');
    };
    const theirs = (await keysOf(apache)).filter((key) => !key.startsWith('java.'));
    const own = (await keysOf(ours)).filter((key) => !key.startsWith('node.'));
    expect(own).toEqual(theirs);
  });

  test('mntr tells every value of Apache that has a meaning here', async () => {
    const keysOf = async (monitored: Monitored): Promise<string[]> => {
      const text = await fourLetterWord(monitored.of(role).server.clientPort, 'mntr');
      const rows = text.split('\n').slice(0, -1);
      for (const row of rows) expect(row).toMatch(/^zk_\w+\t[^\t]+$/);
      return rows.map((row) => row.slice(3, row.indexOf('\t')));
    };
    const [own, theirs] = await Promise.all([keysOf(ours), keysOf(apache)]);
    const heads = theirs.filter((key) => ['version', 'server_state', 'peer_state'].includes(key));
    expect(own.slice(0, heads.length)).toEqual(heads);
    expect(differences(own, theirs)).toEqual({ missing: [], surplus: [] });
  });

  test.each([
    'configuration',
    'conf',
    'config',
    'connections',
    'cons',
    'dirs',
    'dump',
    'get_trace_mask',
    'gtmk',
    'hash',
    'is_read_only',
    'isro',
    'last_snapshot',
    'lsnp',
    'leader',
    'lead',
    'observers',
    'obsr',
    'ruok',
    'set_trace_mask?traceMask=306',
    'set_trace_mask',
    'stmk?traceMask=x',
    'voting_view',
    'watch_summary',
    'wchs',
    'watches',
    'wchc',
    'watches_by_path',
    'wchp',
    'zabstate',
    'no_such_command',
  ])('the command %s is answered in the form of Apache', async (name) => {
    const [own, theirs] = await Promise.all([commandOf(ours.of(role), name), commandOf(apache.of(role), name)]);
    expect(own.status).toBe(theirs.status);
    const shape =
      name === 'wchp' || name === 'watches_by_path' ? (body: unknown) => unordered(jsonShape(body)) : jsonShape;
    expect(shape(own.body)).toEqual(shape(theirs.body));
  });

  test.each(['server_stats', 'srvr', 'stats', 'stat'])(
    'the command %s has the keys of Apache, whose own order is by chance',
    async (name) => {
      const [own, theirs] = await Promise.all([commandOf(ours.of(role), name), commandOf(apache.of(role), name)]);
      expect(own.status).toBe(theirs.status);
      expect(unordered(jsonShape(own.body))).toEqual(unordered(jsonShape(theirs.body)));
    },
  );

  test.each(['monitor', 'mntr'])('the command %s tells what the word mntr tells', async (name) => {
    const [own, theirs] = await Promise.all([commandOf(ours.of(role), name), commandOf(apache.of(role), name)]);
    const keysOf = ({ body }: { body: unknown }): string[] => Object.keys(body ?? {});
    expect(differences(keysOf(own), keysOf(theirs))).toEqual({ missing: [], surplus: [] });
    const typed = (body: unknown): Record<string, unknown> => Object(body);
    for (const [key, value] of Object.entries(typed(own.body))) {
      if (key in typed(theirs.body)) expect([key, typeof value]).toEqual([key, typeof typed(theirs.body)[key]]);
    }
  });

  test.each(['environment', 'env', 'envi'])('the command %s tells what the word envi tells', async (name) => {
    const keysOf = ({ body }: { body: unknown }): string[] =>
      Object.keys(Object(body)).filter((key) => !/^(java|node)\./.test(key));
    const [own, theirs] = await Promise.all([commandOf(ours.of(role), name), commandOf(apache.of(role), name)]);
    expect(keysOf(own)).toEqual(keysOf(theirs));
  });

  test.each(['system_properties', 'sysp'])('the command %s is a map of texts', async (name) => {
    for (const monitored of [ours, apache]) {
      const { error, ...properties } = Object(await commandOf(monitored.of(role), name).then(({ body }) => body));
      expect(error).toBe(null);
      for (const value of Object.values(properties)) expect(typeof value).toBe('string');
      expect(properties.command).toBe('system_properties');
    }
  });

  test.each(['initial_configuration', 'icfg'])('the command %s shows zoo.cfg', async (name) => {
    const { body } = await commandOf(ours.of(role), name);
    expect(body).toMatchObject({ command: 'initial_configuration', error: null });
    expect(Object(body).initial_configuration).toContain(`clientPort=${ours.of(role).server.clientPort}\n`);
    // Apache's 3.8 has it for a server alone only: null in an ensemble.
    const theirs = Object((await commandOf(apache.of(role), name)).body).initial_configuration;
    if (role === 'standalone') expect(theirs).toContain('clientPort=');
    else expect(theirs).toBe(null);
  });

  test('the commands that reset answer alike, and reset', async () => {
    for (const name of [
      'connection_stat_reset',
      'crst',
      'stat_reset',
      'srst',
      'observer_connection_stat_reset',
      'orst',
    ]) {
      const [own, theirs] = await Promise.all([commandOf(ours.of(role), name), commandOf(apache.of(role), name)]);
      expect(own).toEqual(theirs);
    }
    for (const monitored of [ours, apache]) {
      const { body } = await commandOf(monitored.of(role), 'connections');
      expect(Object(body).connections[0]).toMatchObject({ last_operation: 'NA', last_cxid: -1, avg_latency: 0 });
    }
    const words = await Promise.all(
      [ours, apache].map(async (monitored) => {
        const { clientPort } = monitored.of(role).server;
        return [await fourLetterWord(clientPort, 'srst'), await fourLetterWord(clientPort, 'crst')];
      }),
    );
    expect(words[0]).toEqual(words[1]);
  });

  test('the list of commands has those of Apache, and those of its 3.9', async () => {
    const namesOf = async ({ adminPort }: MonitoredServer): Promise<string[]> => {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/commands`)).text();
      return text.split('\n').filter((line) => line.startsWith('<a '));
    };
    const link = (name: string): string => `<a href="/commands/${name}">${name}</a>`;
    const [own, theirs] = await Promise.all([namesOf(ours.of(role)), namesOf(apache.of(role))]);
    expect(own.filter((line) => ![link('restore'), link('snapshot')].includes(line))).toEqual(theirs);
  });
});

test('observers of a leader are told, and an observer tells of its leader', async () => {
  const told = async (flavour: Flavour): Promise<{ observer: unknown; keys: string[] }> => {
    const extra = { 'admin.enableServer': true, 'admin.serverAddress': '127.0.0.1', standaloneEnabled: false };
    const options = { servers: 1, observers: 1, flavours: flavour, extra, jvmArguments: adminJvmArguments };
    const ensemble = await TestEnsemble.create(options);
    const portOf = await giveAdminPorts(ensemble.servers);
    const [leader, observer] = ensemble.servers.map((server) => ({ server, adminPort: portOf.get(server) ?? 0 }));
    if (leader === undefined || observer === undefined) throw new Error('two servers were asked for');
    try {
      ensemble.startAll();
      await ensemble.waitUntilServing();
      const { body } = await commandOf(leader, 'observers');
      expect(body).toMatchObject({ synced_observers: 1, observers: [{ sid: 2 }], command: 'observers', error: null });
      expect((await commandOf(observer, 'leader')).body).toMatchObject({ is_leader: false, leader_id: 1 });
      expect((await commandOf(observer, 'zabstate')).body).toMatchObject({ voting: false, zabstate: 'broadcast' });
      const monitor = Object((await commandOf(observer, 'monitor')).body);
      expect(monitor).toMatchObject({ server_state: 'observer', observer_master_id: 1 });
      return { observer: Object(body).observers[0], keys: Object.keys(monitor) };
    } finally {
      await ensemble.stop();
    }
  };
  const [own, theirs] = await Promise.all([told('vivarium'), told('apache')]);
  const { queued_packets, queued_packets_size, ...known } = Object(theirs.observer);
  expect([typeof queued_packets, typeof queued_packets_size]).toEqual(['number', 'number']);
  expect(jsonShape(own.observer)).toEqual(jsonShape(known));
  expect(differences(own.keys, theirs.keys)).toEqual({ missing: [], surplus: [] });
});

test('a server without a quorum answers as Apache does', async () => {
  const told = async (flavour: Flavour): Promise<[string, unknown][]> => {
    const extra = { 'admin.enableServer': true, 'admin.serverAddress': '127.0.0.1' };
    const ensemble = await TestEnsemble.create({ flavours: flavour, extra, jvmArguments: adminJvmArguments });
    const server = ensemble.server(0);
    const adminPort = (await giveAdminPorts([server])).get(server) ?? 0;
    const reached = (ask: Promise<unknown>): Promise<true | undefined> =>
      ask.then(
        () => true as const,
        () => undefined,
      );
    try {
      server.start();
      const limits = { deadlineMs: 20_000, describe: () => server.report() };
      await pollUntil(() => reached(fourLetterWord(server.clientPort, 'ruok')), limits);
      await pollUntil(() => reached(commandOf({ adminPort }, 'ruok')), limits);
      const answers: [string, unknown][] = [];
      for (const word of WORDS) answers.push([word, await fourLetterWord(server.clientPort, word)]);
      for (const name of [...COMMAND_NAMES, 'crst', 'wchp']) {
        // Apache's `monitor` breaks off with 500, and its 3.8 knows neither `snapshot` nor `restore`.
        if (!['monitor', 'environment', 'system_properties', 'snapshot', 'restore'].includes(name)) {
          answers.push([`command ${name}`, await commandOf({ adminPort }, name)]);
        }
      }
      return answers;
    } finally {
      await ensemble.stop();
    }
  };
  const [own, theirs] = await Promise.all([told('vivarium'), told('apache')]);
  expect(own).toEqual(theirs);
  expect(own).toContainEqual(['mntr', 'This ZooKeeper instance is not currently serving requests\n']);
});

test('a refused word, and one that nobody knows, are answered as by Apache', async () => {
  const [quiet, silent] = await Promise.all([
    TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra: { '4lw.commands.whitelist': 'ruok' } }),
    TestEnsemble.start({ servers: 1, flavours: 'apache', extra: { '4lw.commands.whitelist': 'ruok' } }),
  ]);
  try {
    for (const word of ['ruok', 'isro', 'wchp', 'stmk\0\0\0\0\0\0\0\0', 'nope', 'RUOK']) {
      const [own, theirs] = await Promise.all(
        [quiet, silent].map((ensemble) => fourLetterWord(ensemble.server(0).clientPort, word, 15_000)),
      );
      expect([word, own]).toEqual([word, theirs]);
    }
    // zkServer.sh asks for it whatever the configuration says.
    expect(await fourLetterWord(quiet.server(0).clientPort, 'srvr')).toContain('Mode: standalone');
    expect(await fourLetterWord(silent.server(0).clientPort, 'srvr')).toContain('Mode: standalone');
  } finally {
    await Promise.all([quiet.stop(), silent.stop()]);
  }
});

test('the words are answered before a ConnectRequest only', async () => {
  for (const monitored of [ours, apache]) {
    const { session } = monitored.of('standalone');
    const connection = await RawConnection.openSession(monitored.of('standalone').server.clientPort);
    connection.send(Buffer.from('ruok'));
    await connection.closed;
    expect(await connection.nextFrame()).toBe(undefined);
    expect((await session.request(op.ping))?.error).toBe(0);
  }
});

test('two servers with the default port of the admin server: the second says so in one line, and serves', async () => {
  const [port] = await freePorts(1);
  const extra = { 'admin.enableServer': true, 'admin.serverPort': port ?? 0 };
  const both = [await TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra })];
  try {
    both.push(await TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra }));
    const lines = both[1]?.server(0).stdout.lines.filter((line) => line.includes('admin')) ?? [];
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /WARN {2}.*zoo\.cfg: admin\.serverPort: the admin server cannot listen on 127\.0\.0\.1, port \d+: another process uses it; .*goes on without it$/,
    );
  } finally {
    await Promise.all(both.map((ensemble) => ensemble.stop()));
  }
});

test('security 21: a snapshot that is streamed to who has ALL on the root is a whole one; Prometheus reads its page', async () => {
  const [adminPort = 0, metricsPort = 0] = await freePorts(2);
  const extra = {
    'admin.enableServer': true,
    'admin.serverPort': adminPort,
    'metricsProvider.className': PROMETHEUS,
    'metricsProvider.httpPort': metricsPort,
    'metricsProvider.httpHost': '127.0.0.1',
  };
  const source = await TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra });
  const target = await TestEnsemble.create({ servers: 1, flavours: 'apache' });
  try {
    const { clientPort } = source.server(0);
    const session = await RawConnection.openSession(clientPort);
    await session.request(op.create, createBody('/kept', 'x'));
    const digest = createHash('sha1').update('root:secret').digest('base64');
    await session.request(
      SET_ACL,
      new Bytes().field('/').int(1).int(31).field('digest').field(`root:${digest}`).int(-1).buffer,
    );
    session.destroy();
    const ask = (authorization: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${adminPort}/commands/snapshot?streaming=true`, { headers: { authorization } });
    expect((await ask('digest root:guess')).status).toBe(403);
    const taken = await ask('digest root:secret');
    expect(taken.status).toBe(200);
    const bytes = new Uint8Array(await taken.arrayBuffer());
    expect(Number(taken.headers.get('snapshot_size'))).toBe(bytes.length);
    expect((await ask('digest root:secret')).status).toBe(429);

    const families = parsePrometheusText(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text());
    expect(families.get('snapshottime')?.samples.find(({ name }) => name === 'snapshottime_count')?.value).toBe(1);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404);

    const history = join(target.server(0).options.directory, 'data', 'version-2');
    mkdirSync(history, { recursive: true });
    writeFileSync(join(history, `snapshot.${taken.headers.get('last_zxid')?.slice(2)}`), bytes);
    target.startAll();
    await target.waitUntilServing();
    const reader = await RawConnection.openSession(target.server(0).clientPort);
    expect((await reader.request(op.exists, new Bytes().field('/kept').byte(0).buffer))?.error).toBe(0);
    reader.destroy();
  } finally {
    await Promise.all([source.stop(), target.stop()]);
  }
});
