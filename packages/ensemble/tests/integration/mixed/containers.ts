import { pollUntil } from '../../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../../harness/raw-connection.ts';
import type { TestServer } from '../../harness/test-server.ts';

const CONTAINER = 4;
const PERSISTENT_WITH_TTL = 5;
const NO_NODE = -101;

/** What servers have to be configured with so that znodes may have a time to live, and leaders look after them often. */
export const REAPING_KEYS = { extendedTypesEnabled: true, 'znode.container.checkIntervalMs': 500 };
/** The same of Apache's, which takes it from the JVM only. */
export const REAPING_JVM_ARGUMENTS = ['-Dznode.container.checkIntervalMs=500'];

/**
 * Creates a container and a znode with a time to live through one server and waits until the leader has removed both, since
 * one is empty again and the other has not changed. Another container stays, since it never had a child.
 */
export async function reapContainers(server: TestServer, name: string): Promise<void> {
  const connection = await RawConnection.openSession(server.clientPort);
  const container = `/container-${name}`;
  const fading = `/ttl-${name}`;
  const ask = async (type: number, body: Buffer): Promise<number | undefined> =>
    (await connection.request(type, body))?.error;
  const errors = [
    await ask(op.createContainer, createBody(container, 'c', CONTAINER)),
    await ask(op.createContainer, createBody(`${container}-kept`, 'c', CONTAINER)),
    await ask(op.createTtl, new Bytes().raw(createBody(fading, 't', PERSISTENT_WITH_TTL)).long(200n).buffer),
    await ask(op.create, createBody(`${container}/child`, '')),
    await ask(op.delete, new Bytes().field(`${container}/child`).int(-1).buffer),
  ];
  if (errors.some((error) => error !== 0)) throw new Error(`containers: ${errors.join(' ')}`);
  for (const path of [container, fading]) {
    const exists = new Bytes().field(path).byte(0).buffer;
    await pollUntil(async () => ((await ask(op.exists, exists)) === NO_NODE ? true : undefined), {
      deadlineMs: 20_000,
      describe: () => `the end of ${path}\n${server.report()}`,
    });
  }
  connection.destroy();
}
