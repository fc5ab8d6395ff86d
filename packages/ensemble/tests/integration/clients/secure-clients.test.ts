import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../../harness/certificates.ts';
import { freePorts } from '../../harness/ports.ts';
import { quietJvmArguments } from '../../harness/server-command.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { threeServers } from './client-ensembles.ts';
import { LineProcess } from './line-process.ts';

/** Debian's Python, which has kazoo; `-B`: it leaves no compiled files in the sources. */
const python = ['/usr/bin/python3', '-B', fileURLToPath(new URL('kazoo_tls_suite.py', import.meta.url))];
const checks = listChecks(python);

/** Debian's jar does not name the last two, without which its client does not speak TLS. */
const JARS = ['zookeeper', 'netty-codec', 'netty-resolver'].map((name) => `/usr/share/java/${name}.jar`).join(':');

let directory: string;
let authority: CertificateAuthority;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-secure-clients-'));
  authority = new CertificateAuthority(directory);
  authority.issue('server');
  authority.issue('ann', { subject: '/O=Example, Inc./CN=ann' });
  authority.issue('bob', { subject: '/O=Example, Inc./CN=bob' });
  authority.issue('root', { subject: '/O=Example, Inc./CN=root' });
  new CertificateAuthority(directory, 'strangers').issue('stranger');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(threeServers)('TLS for clients: $name', ({ flavour, servers }) => {
  let ensemble: TestEnsemble;
  let suite: CheckSuite;
  let hosts: string;

  beforeAll(async () => {
    const apache =
      flavour === 'apache' ? { serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory' } : {};
    ensemble = await TestEnsemble.create({
      servers,
      flavours: flavour,
      extra: {
        ...authority.clientKeys(join(directory, 'server.pem')),
        'X509AuthenticationProvider.superUser': 'CN=root,O=Example\\\\, Inc.',
        ...apache,
      },
      jvmArguments: quietJvmArguments,
    });
    const ports = await freePorts(servers);
    for (const [index, server] of ensemble.servers.entries()) {
      appendFileSync(server.options.zooCfgPath, `secureClientPort=${ports[index]}\n`);
    }
    hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
    ensemble.startAll();
    await ensemble.waitUntilServing();
    suite = new CheckSuite(['env', `SECURE_HOSTS=${hosts}`, `SECURE_FILES=${directory}`, ...python], ensemble);
  }, 90_000);

  afterAll(async () => {
    await suite?.close();
    await ensemble?.stop();
  });

  test.each(checks)('kazoo: %s', (check) => suite.run(check), 90_000);

  /** What Apache's own client prints for commands, in a session with the certificate of that name. */
  async function zkCli(name: string, ...commands: string[]): Promise<string[]> {
    const keys = {
      'zookeeper.clientCnxnSocket': 'org.apache.zookeeper.ClientCnxnSocketNetty',
      'zookeeper.client.secure': 'true',
      'zookeeper.ssl.keyStore.location': join(directory, `${name}.pem`),
      'zookeeper.ssl.trustStore.location': authority.certificate,
    };
    const flags = ['-cp', JARS, ...Object.entries(keys).map(([key, value]) => `-D${key}=${value}`)];
    const cli = new LineProcess(['sh', '-c', 'exec /usr/share/zookeeper/bin/zkCli.sh -server "$0" 2>&1', hosts], {
      CLIENT_JVMFLAGS: flags.join(' '),
    });
    for (const command of [...commands, 'quit']) cli.send(command);
    const lines: string[] = [];
    for (let line = await cli.nextLine(); line !== undefined; line = await cli.nextLine()) lines.push(line);
    await cli.exited;
    return lines;
  }

  test('zkCli.sh: a session by TLS, who it is, and an ACL by its certificate', async () => {
    const lines = await zkCli('ann', 'create /of-ann hers', 'setAcl /of-ann auth::cdrwa', 'getAcl /of-ann', 'whoami');
    expect(lines).toContain('Created /of-ann');
    // Commas separate ACLs there.
    expect(lines).toContain("'x509,'CN=ann%2CO=Example\\%2C Inc.");
    expect(lines).toContain('x509: CN=ann,O=Example\\, Inc.');
    expect(await zkCli('bob', 'get /of-ann')).toContain('Insufficient permission : /of-ann');
    expect(await zkCli('root', 'get /of-ann')).toContain('hers');
  }, 60_000);
});
