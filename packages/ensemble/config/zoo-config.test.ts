import { describe, expect, test } from 'vitest';
import { dynamicConfigFile, ownServer, type ParsedConfig, parseZooConfig, type ZooConfig } from './zoo-config.ts';

const ENSEMBLE = [
  'tickTime=2000',
  'initLimit=10',
  'syncLimit=5',
  'dataDir=/data',
  'clientPort=2181',
  'server.1=a:2888:3888',
  'server.2=b:2888:3888',
  'server.3=c:2888:3888:observer',
  'server.4=d:2888:3888',
];

function parse(...lines: string[]): ParsedConfig {
  return parseZooConfig({ file: 'zoo.cfg', text: lines.join('\n') });
}

function good(...lines: string[]): ZooConfig {
  const parsed = parse(...lines);
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  return parsed.config;
}

function faults(...lines: string[]): readonly string[] {
  const parsed = parse(...lines);
  return parsed.ok ? [] : parsed.faults;
}

describe('zoo.cfg', () => {
  test('defaults of a standalone server', () => {
    expect(good('dataDir=/data', 'clientPort=2181')).toEqual({
      file: 'zoo.cfg',
      admin: {
        host: '127.0.0.1',
        port: 8080,
        commandUrl: '/commands',
        idleTimeoutMs: 30_000,
        snapshotEnabled: true,
        snapshotIntervalMs: 300_000,
      },
      metrics: null,
      tickTimeMs: 3000,
      initLimit: 0,
      syncLimit: 0,
      dataDir: '/data',
      dataLogDir: '/data',
      client: { host: '0.0.0.0', port: 2181 },
      clientPortListenBacklog: null,
      members: [],
      groups: null,
      standalone: true,
      configVersion: 0n,
      reconfigEnabled: false,
      standaloneEnabled: true,
      peerType: null,
      maxClientCnxns: 60,
      maxCnxns: 0,
      maxHandshakes: 0,
      maxFrameBytes: 0xfffff,
      maxTxnBytes: 2 * 0xfffff,
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 60_000,
      sessionPasswords: null,
      sessionKeyFile: null,
      fourLetterWords: new Set(['srvr']),
      readOnlyMode: false,
      snapCount: 100_000,
      snapSizeLimitBytes: 4 * 1024 ** 3,
      txnLogSizeLimitBytes: 0,
      preAllocBytes: 64 * 1024 * 1024,
      snapshotCompression: null,
      snapRetainCount: 3,
      purgeIntervalHours: 0,
      globalOutstandingLimit: 1000,
      superDigest: null,
      x509SuperUser: null,
      skipAcl: false,
      enforceQuota: false,
      digestEnabled: true,
      extendedTypesEnabled: false,
      containerCheckIntervalMs: 60_000,
      containerMaxPerMinute: 10_000,
      containerMaxNeverUsedMs: 0,
      forceSync: true,
      autocreate: true,
      trustEmptySnapshot: false,
      makesDirectories: true,
      unlistedObservers: null,
      quorumTls: null,
      clientTls: null,
      sessionlessTimeoutMs: 10_000,
      quorumListenOnAllIps: false,
      electionConnectTimeoutMs: 5000,
      electionHandshakeTimeoutMs: null,
      electionPortBindRetry: 3,
      connectToLearnerMasterLimit: 0,
      notificationIntervalMs: { min: 200, max: 3200 },
      leaderServes: true,
      commitLogCount: 500,
    });
  });

  test('an ensemble, by sid', () => {
    const config = good(...ENSEMBLE.toReversed());
    expect(config.standalone).toBe(false);
    expect(config.members.map(({ sid, text }) => `${sid} ${text}`)).toEqual([
      '1 a:2888:3888:participant',
      '2 b:2888:3888:participant',
      '3 c:2888:3888:observer',
      '4 d:2888:3888:participant',
    ]);
    expect(config).toMatchObject({
      initLimit: 10,
      syncLimit: 5,
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40_000,
    });
  });

  test("every key that is honoured, and Apache's system properties without their prefix", () => {
    const digest = 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=';
    expect(
      good(
        ...ENSEMBLE,
        'dataLogDir=/log',
        'clientPortAddress=[::1]',
        'clientPortListenBacklog=5',
        'maxClientCnxns=0',
        'maxCnxns=9',
        'minSessionTimeout=1000',
        'maxSessionTimeout=-1',
        '4lw.commands.whitelist=stat, ruok ,*',
        'snapCount=50',
        'preAllocSize=64',
        'snapSizeLimitInKb=1000',
        'txnLogSizeLimitInKb=2000',
        'autopurge.snapRetainCount=5',
        'snapshot.compression.method=gz',
        'autopurge.purgeInterval=24',
        'globalOutstandingLimit=7',
        `DigestAuthenticationProvider.superDigest=${digest}`,
        'X509AuthenticationProvider.superUser=CN=root,O=Example',
        'skipACL=yes',
        'enforceQuota=true',
        'znode.container.checkIntervalMs=1000',
        'znode.container.maxPerMinute=60',
        'znode.container.maxNeverUsedIntervalMs=5000',
        'digest.enabled=false',
        'forceSync=no',
        'nio.sessionlessCnxnTimeout=1500',
        'quorumListenOnAllIPs=true',
        'cnxTimeout=100',
        'quorumCnxnTimeoutMs=700',
        'electionPortBindRetry=0',
        'connectToLearnerMasterLimit=4',
        'fastleader.minNotificationInterval=50',
        'fastleader.maxNotificationInterval=60000',
        'leaderServes=no',
        'commitLogCount=700',
        'jute.maxbuffer=2000000',
        'jute.maxbuffer.extrasize=10',
        'netty.server.outstandingHandshake.limit=250',
        'datadir.autocreate=false',
        'peerType=observer',
        'admin.serverPort=8081',
        'electionAlg=3',
      ),
    ).toMatchObject({
      dataLogDir: '/log',
      client: { host: '::1', port: 2181 },
      clientPortListenBacklog: 5,
      maxClientCnxns: 0,
      maxCnxns: 9,
      minSessionTimeoutMs: 1000,
      maxSessionTimeoutMs: 40_000,
      fourLetterWords: new Set(['stat', 'ruok', '*']),
      snapCount: 50,
      preAllocBytes: 65_536,
      snapSizeLimitBytes: 1_024_000,
      txnLogSizeLimitBytes: 2_048_000,
      snapRetainCount: 5,
      snapshotCompression: 'gz',
      purgeIntervalHours: 24,
      globalOutstandingLimit: 7,
      superDigest: digest,
      x509SuperUser: 'CN=root,O=Example',
      skipAcl: true,
      enforceQuota: true,
      containerCheckIntervalMs: 1000,
      containerMaxPerMinute: 60,
      containerMaxNeverUsedMs: 5000,
      digestEnabled: false,
      forceSync: false,
      sessionlessTimeoutMs: 1500,
      quorumListenOnAllIps: true,
      electionConnectTimeoutMs: 100,
      electionHandshakeTimeoutMs: 700,
      electionPortBindRetry: 0,
      connectToLearnerMasterLimit: 4,
      notificationIntervalMs: { min: 50, max: 60_000 },
      leaderServes: false,
      commitLogCount: 700,
      maxFrameBytes: 2_000_000,
      maxTxnBytes: 2_001_024,
      maxHandshakes: 250,
      makesDirectories: false,
      peerType: 'observer',
    });
  });

  test('no key that is honoured is warned of', () => {
    const keys = ['leaderServes=no', 'commitLogCount=700', 'jute.maxbuffer=4096', 'datadir.autocreate=false'];
    expect(parse(...ENSEMBLE, ...keys).warnings).toEqual([]);
  });

  test.each([
    ['tickTime', '-1'],
    ['tickTime', '0'],
    ['tickTime', '2s'],
    ['tickTime', '99999999999'],
    ['initLimit', 'many'],
    ['syncLimit', '0'],
    ['dataLogDir', ''],
    ['clientPort', 'abc'],
    ['clientPort', '70000'],
    ['clientPort', '0'],
    ['clientPortAddress', 'no such host'],
    ['clientPortListenBacklog', '-2'],
    ['maxClientCnxns', 'x'],
    ['maxClientCnxns', '-1'],
    ['minSessionTimeout', 'x'],
    ['maxSessionTimeout', '1e3'],
    ['peerType', 'leader'],
    ['standaloneEnabled', 'perhaps'],
    ['snapCount', '1'],
    ['preAllocSize', '-1'],
    ['globalOutstandingLimit', '0'],
    ['skipACL', 'true'],
    ['digest.enabled', 'yes'],
    ['forceSync', 'maybe'],
    ['nio.sessionlessCnxnTimeout', '0'],
    ['quorumListenOnAllIPs', '1'],
    ['cnxTimeout', 'x'],
    ['quorumCnxnTimeoutMs', '-2'],
    ['electionPortBindRetry', '-1'],
    ['connectToLearnerMasterLimit', '-1'],
    ['fastleader.minNotificationInterval', '0'],
    ['fastleader.maxNotificationInterval', '100'],
    ['leaderServes', 'true'],
    ['commitLogCount', 'all'],
    ['jute.maxbuffer', '99999999'],
    ['jute.maxbuffer.extrasize', '-1'],
    ['maxCnxns', '-1'],
    ['enforceQuota', 'yes'],
    ['netty.server.outstandingHandshake.limit', 'x'],
    ['znode.container.maxPerMinute', '0'],
    ['znode.container.maxNeverUsedIntervalMs', '-1'],
    ['datadir.autocreate', 'no'],
    ['admin.serverPort', '-5'],
    ['electionAlg', '1'],
    ['server.x', 'h:1:2'],
    ['server.256', 'h:1:2'],
    ['server.-1', 'h:1:2'],
    ['server.5', 'nonsense'],
    ['server.5', 'h:1:2:king'],
    ['group.1', '1:2:9'],
    ['weight.1', '-1'],
  ])('a wrong value is one fault with file, line and key: %s=%s', (key, value) => {
    const lines = ENSEMBLE.filter((line) => !line.startsWith(`${key}=`));
    const found = faults('# first line', `${key}=${value}`, ...lines);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^zoo\\.cfg:2: ${key.replaceAll('.', '\\.')}: `));
    if (!key.startsWith('group') && !key.startsWith('weight')) expect(found[0]).toContain(value);
  });

  test.each(['dataDir', 'initLimit', 'syncLimit'])('%s is missing', (key) => {
    const found = faults(...ENSEMBLE.filter((line) => !line.startsWith(`${key}=`)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^zoo\\.cfg: ${key}: is missing; .*${key}=`));
  });

  test('all faults are reported together', () => {
    expect(faults('tickTime=x', 'clientPort=y', 'server.1=z')).toHaveLength(4);
  });

  test.each([
    [['minSessionTimeout=90000'], 1],
    [['maxSessionTimeout=10'], 1],
    [['minSessionTimeout=20', 'maxSessionTimeout=10'], 1],
  ])('session timeouts that contradict one another: %j', (lines, count) => {
    const found = faults('dataDir=/data', 'clientPort=2181', ...lines);
    expect(found).toHaveLength(count);
    expect(found[0]).toMatch(/^zoo\.cfg:3: .*minSessionTimeout.*maxSessionTimeout/);
  });

  test('the super digest itself is not shown', () => {
    const found = faults('dataDir=/d', 'clientPort=1', 'DigestAuthenticationProvider.superDigest=super:secret');
    expect(found[0]).toMatch(/^zoo\.cfg:3: DigestAuthenticationProvider\.superDigest: /);
    expect(found[0]).not.toContain('secret');
  });

  test('session passwords: which, and where the key is', () => {
    const servers = ['server.1=a:1:2', 'server.2=b:1:2', 'server.3=c:1:2', 'initLimit=1', 'syncLimit=1'];
    const base = ['dataDir=/d', 'clientPort=1'];
    expect(
      good(...base, ...servers, 'vivarium.sessionPasswords=migrating', 'vivarium.sessionKeyFile=/k'),
    ).toMatchObject({
      sessionPasswords: 'migrating',
      sessionKeyFile: '/k',
    });
    // One server alone makes a key of its own.
    expect(good(...base, 'vivarium.sessionPasswords=keyed')).toMatchObject({ sessionPasswords: 'keyed' });
    expect(faults(...base, 'vivarium.sessionPasswords=secret', 'vivarium.sessionKeyFile=')).toEqual([
      'zoo.cfg:4: vivarium.sessionKeyFile: has no value; it names the file that holds the key',
      'zoo.cfg:3: vivarium.sessionPasswords: "secret" is not valid; it is apache, migrating, keyed',
    ]);
    expect(faults(...base, ...servers, 'vivarium.sessionPasswords=keyed')).toEqual([
      'zoo.cfg:8: vivarium.sessionPasswords: "keyed" needs a key that all servers share; name its file in vivarium.sessionKeyFile',
    ]);
  });

  test('a superuser by certificate who could never be one', () => {
    const said = (value: string): readonly string[] => {
      const parsed = parse('dataDir=/d', 'clientPort=1', `X509AuthenticationProvider.superUser=${value}`);
      return parsed.ok ? parsed.warnings : parsed.faults;
    };
    expect(said('CN=root\\, x,O=Example')).toEqual([
      expect.stringMatching(
        /^zoo\.cfg:3: X509AuthenticationProvider\.superUser: "CN=root, x,O=Example" is not the subject/,
      ),
    ]);
    expect(said('CN=root, O=Example')).toEqual([expect.stringContaining('subjects have no spaces behind commas')]);
    expect(said('cn=root,o=Example')).toEqual([expect.stringContaining('nobody may be this superuser')]);
    expect(said('CN=root\\\\, x,O=Example')).toEqual([]);
    expect(said('CN=root\\\\,x,O=Example')).toEqual([]);
    expect(said('1.2.840.113549.1.9.1=#1603,CN=root')).toEqual([]);
  });

  test('two servers at one address, and one server twice', () => {
    expect(faults(...ENSEMBLE, 'server.5=a:2888:3999')[0]).toMatch(/^zoo\.cfg:10: server\.5: a:2888 .*server\.1/);
    expect(faults(...ENSEMBLE, 'server.5=e:2888:2888')).toHaveLength(1);
    expect(faults(...ENSEMBLE, 'server.1=e:2888:3888')[0]).toMatch(/^zoo\.cfg:10: server\.1: .*line 6/);
  });

  test('another key twice is a warning, and the later one counts', () => {
    const parsed = parse('dataDir=/a', 'dataDir=/b', 'clientPort=2181');
    expect(parsed.ok && parsed.config.dataDir).toBe('/b');
    expect(parsed.warnings).toEqual([expect.stringMatching(/^zoo\.cfg:2: dataDir: .*line 1/)]);
  });

  test('fewer than 500 transactions for learners are not kept, as with Apache', () => {
    const parsed = parse('dataDir=/a', 'clientPort=2181', 'commitLogCount=10');
    expect(parsed.ok && parsed.config.commitLogCount).toBe(500);
    expect(parsed.warnings).toEqual(['zoo.cfg:3: commitLogCount: 10 is too few, 500 transactions are kept']);
  });

  test('fewer than three snapshots are not kept, as with Apache', () => {
    const parsed = parse('dataDir=/a', 'clientPort=2181', 'autopurge.snapRetainCount=1', 'autopurge.purgeInterval=-1');
    expect(parsed.ok && parsed.config).toMatchObject({ snapRetainCount: 3, purgeIntervalHours: 0 });
    expect(parsed.warnings).toEqual(['zoo.cfg:3: autopurge.snapRetainCount: 1 is too few, 3 snapshots are kept']);
  });
});

describe('standalone or not', () => {
  const base = ['dataDir=/data', 'clientPort=2181', 'initLimit=5', 'syncLimit=2'];

  test('one server is standalone, unless standaloneEnabled is false', () => {
    expect(good(...base, 'server.1=a:1:2').standalone).toBe(true);
    expect(good(...base, 'server.1=a:1:2', 'standaloneEnabled=false').standalone).toBe(false);
  });

  test('observers need an ensemble', () => {
    expect(faults(...base, 'server.1=a:1:2:observer')[0]).toContain('server.1');
    expect(faults(...base, 'server.1=a:1:2', 'server.2=b:1:2:observer')[0]).toMatch(/server\.2: .*standaloneEnabled/);
    expect(faults(...base, 'server.1=a:1:2', 'server.2=b:1:2:observer', 'standaloneEnabled=false')).toEqual([]);
  });

  test('two participants are a warning', () => {
    expect(parse(...base, 'server.1=a:1:2', 'server.2=b:1:2').warnings).toHaveLength(1);
  });
});

describe('dynamicConfigFile', () => {
  const main = {
    file: 'zoo.cfg',
    text: 'dataDir=/data\ninitLimit=5\nsyncLimit=2\ndynamicConfigFile=/etc/zoo.cfg.dynamic.1f',
  };
  const servers = 'server.1=a:1:2;2181\nserver.2=b:1:2;2182\nserver.3=c:1:2;2183\n';

  test('is found, and holds the servers and, in its name, the version', () => {
    expect(dynamicConfigFile(main.text)).toBe('/etc/zoo.cfg.dynamic.1f');
    expect(dynamicConfigFile('dataDir=/data')).toBe(null);
    const parsed = parseZooConfig(main, { file: '/etc/zoo.cfg.dynamic.1f', text: servers });
    expect(parsed.ok && parsed.config.members).toHaveLength(3);
    expect(parsed.ok && parsed.config.configVersion).toBe(0x1fn);
  });

  test('a version inside wins', () => {
    const parsed = parseZooConfig(main, { file: 'd', text: `${servers}version=100000000` });
    expect(parsed.ok && parsed.config.configVersion).toBe(0x100000000n);
  });

  test('faults name the right file', () => {
    const twice = parseZooConfig(
      { ...main, text: `${main.text}\nserver.1=a:1:2` },
      { file: 'd', text: 'server.2=x\nversion=z' },
    );
    expect(!twice.ok && twice.faults.map((fault) => fault.split(' ')[0])).toEqual(['zoo.cfg:5:', 'd:1:', 'd:2:']);
    const empty = parseZooConfig(main, { file: 'd', text: '' });
    expect(!empty.ok && empty.faults[0]).toMatch(/^d: server\.N: is missing/);
  });
});

describe('where the server serves clients', () => {
  const base = [
    'dataDir=/data',
    'initLimit=5',
    'syncLimit=2',
    'server.2=b:1:2;2182',
    'server.3=c:1:2',
    'server.4=d:1:2',
  ];

  test('by clientPort, or by its own line', () => {
    expect(ownServer(good(...base, 'clientPort=2181'), 3)).toMatchObject({ client: { host: '0.0.0.0', port: 2181 } });
    expect(ownServer(good(...base), 2)).toMatchObject({ client: { host: '0.0.0.0', port: 2182 } });
    expect(ownServer(good('dataDir=/data', 'server.1=a:1:2;127.0.0.1:2181'), null)).toMatchObject({
      client: { host: '127.0.0.1', port: 2181 },
    });
  });

  test('neither, or both with different ports, is a fault', () => {
    expect(ownServer(good(...base), 3)).toEqual({ fault: expect.stringMatching(/^zoo\.cfg: clientPort: is missing/) });
    expect(ownServer(good(...base, 'clientPort=2181'), 2)).toEqual({
      fault: expect.stringMatching(/2181.*2182.*server\.2/),
    });
    expect(ownServer(good(...base, 'clientPort=2182', 'clientPortAddress=::1'), 2)).toHaveProperty('fault');
    expect(ownServer(good(...base, 'clientPort=2182'), 2)).toHaveProperty('client');
  });

  test('peerType against the role in the own line is a warning', () => {
    const own = ownServer(good(...base, 'clientPort=2181', 'peerType=observer'), 3);
    expect('warnings' in own && own.warnings).toEqual([expect.stringMatching(/^zoo\.cfg:5: server\.3: .*peerType/)]);
  });
});
