// What the tests need of the machine besides npm packages: a browser, Apache ZooKeeper, and its clients in other
// languages; and applications that use it. All of them are packages of Debian.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { machineEnvironment, run } from './repository.mjs';

/**
 * @typedef {object} SystemPart
 * @property {string} name What it is, for a message.
 * @property {() => boolean} isThere
 * @property {readonly string[]} packages The Debian packages that bring it.
 */

/**
 * What `npm test` needs.
 * @type {readonly SystemPart[]}
 */
export const testParts = [
  { name: 'Chromium', isThere: () => existsSync('/usr/bin/chromium'), packages: ['chromium'] },
  {
    name: 'Java with its compiler',
    isThere: () => succeeds('java', ['-version']) && succeeds('javac', ['-version']),
    packages: ['default-jdk-headless'],
  },
  {
    name: 'Apache ZooKeeper',
    isThere: () => existsSync('/usr/share/java/zookeeper.jar') && existsSync('/usr/share/zookeeper/bin/zkCli.sh'),
    packages: ['zookeeper'],
  },
  {
    name: "Curator, a Java client's recipes",
    isThere: () => ['curator-recipes', 'slf4j-nop'].every((jar) => existsSync(`/usr/share/java/${jar}.jar`)),
    packages: ['libcurator-recipes-java', 'libcurator-framework-java', 'libcurator-client-java', 'libslf4j-java'],
  },
  {
    name: 'kazoo, a Python client',
    isThere: () => succeeds('/usr/bin/python3', ['-c', 'import kazoo']),
    packages: ['python3', 'python3-kazoo'],
  },
  {
    name: 'a C compiler',
    isThere: () => succeeds('gcc', ['--version']) && existsSync('/usr/include/stdio.h'),
    packages: ['gcc', 'libc6-dev'],
  },
  { name: 'openssl', isThere: () => succeeds('openssl', ['version']), packages: ['openssl'] },
  {
    name: "ZooKeeper's C client",
    isThere: () => existsSync('/usr/include/zookeeper/zookeeper.h'),
    packages: ['libzookeeper-mt-dev'],
  },
];

/**
 * What `npm run test:applications` needs besides.
 * @type {readonly SystemPart[]}
 */
export const applicationParts = [
  {
    name: 'PostgreSQL 15',
    isThere: () => ['postgres', 'psql'].every((name) => existsSync(`/usr/lib/postgresql/15/bin/${name}`)),
    packages: ['postgresql-15', 'postgresql-client-15'],
  },
  {
    name: 'Patroni',
    isThere: () => succeeds('/usr/bin/patroni', ['--version']) && succeeds('/usr/bin/patronictl', ['version']),
    packages: ['patroni', 'python3-kazoo', 'python3-psycopg2'],
  },
  { name: 'ClickHouse', isThere: () => existsSync('/usr/sbin/clickhouse-server'), packages: ['clickhouse-server'] },
];

/**
 * Installs with apt-get what is missing. A part that cannot be had is an error that names it: no test is left out for
 * want of a part.
 * @param {readonly SystemPart[]} parts
 */
export async function ensureSystemParts(parts) {
  const missing = parts.filter((part) => !part.isThere());
  if (missing.length === 0) return;
  const packages = missing.flatMap((part) => part.packages);
  const reason = await install(packages);
  const stillMissing = missing.filter((part) => !part.isThere());
  if (stillMissing.length === 0) return;
  throw new Error(
    `The tests need ${stillMissing.map((part) => part.name).join(', ')}. ${reason ?? 'apt-get brought no such thing.'}\n` +
      `On Debian 12: sudo apt-get install ${stillMissing.flatMap((part) => part.packages).join(' ')}`,
  );
}

/**
 * @param {readonly string[]} packages
 * @returns {Promise<string | undefined>} Why it did not work.
 */
async function install(packages) {
  if (!succeeds('apt-get', ['--version'])) return 'There is no apt-get here to install them with.';
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !succeeds('sudo', ['-n', 'true'])) {
    return 'Installing them takes root, or a sudo that asks for no password.';
  }
  console.error(`Installing with apt-get: ${packages.join(' ')} …`);
  const aptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300'];
  const [command = '', ...prefix] = isRoot ? aptGet : ['sudo', '-n', ...aptGet];
  for (const action of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const code = await run(command, [...prefix, ...action], { env: machineEnvironment() });
    if (code !== 0) return `apt-get ${action[0]} failed with exit code ${code}; its messages are above.`;
  }
  return undefined;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', env: machineEnvironment() }).status === 0;
}
