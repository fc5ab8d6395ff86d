import { fileURLToPath } from 'node:url';

/** Whose server a process runs: ours, or Debian's Apache ZooKeeper 3.8. */
export type Flavour = 'vivarium' | 'apache';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));

/** The flavour that the integration tests run against: ours, unless VIVARIUM_TEST_FLAVOUR=apache validates the tests. */
export const flavourUnderTest: Flavour = process.env.VIVARIUM_TEST_FLAVOUR === 'apache' ? 'apache' : 'vivarium';

/** A small heap, and few threads for a machine that runs several servers; warnings and errors on standard error. */
export const quietJvmArguments: readonly string[] = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-cp',
  // Debian's jar does not name the last one, without which it cannot take TLS from its peers.
  '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar:/usr/share/java/netty-codec.jar',
];

/** What Debian's zkServer.sh gives the JVM with its default settings: no heap limit, local JMX, no logger bound. */
export const debianJvmArguments: readonly string[] = [
  '-Dzookeeper.log.dir=/var/log/zookeeper',
  '-Dzookeeper.log.file=zookeeper.log',
  '-XX:+HeapDumpOnOutOfMemoryError',
  '-XX:OnOutOfMemoryError=kill -9 %p',
  '-cp',
  '/etc/zookeeper/conf:/usr/share/java/zookeeper.jar',
  '-Dcom.sun.management.jmxremote',
  '-Dcom.sun.management.jmxremote.local.only=true',
];

/** The command that runs one server in the foreground from a zoo.cfg. */
export function serverCommand(
  flavour: Flavour,
  zooCfgPath: string,
  jvmArguments: readonly string[] = quietJvmArguments,
): string[] {
  return flavour === 'vivarium'
    ? [`${repository}/node_modules/.bin/node`, `${repository}/packages/ensemble/bin/zk-server.ts`, zooCfgPath]
    : ['/usr/bin/java', ...jvmArguments, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', zooCfgPath];
}
