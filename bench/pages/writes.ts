/** Writes at a steady rate through the client that the rest of this repository uses. */
import { setTimeout as delay } from 'node:timers/promises';
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';

/** Runs something with a client that is connected. */
export async function withClient<T>(connectString: string, use: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
  const client = new ZooKeeperClient({ connectString });
  client.start();
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/**
 * Sets the data of one znode, at the mean rate and in no step with anything else that repeats, until it is told to stop;
 * resolves with the zxids.
 */
export async function writeAtRate(
  client: ZooKeeperClient,
  path: string,
  perSecond: number,
  stop: (written: number) => boolean,
): Promise<bigint[]> {
  await client.create(path, new Uint8Array(0));
  const data = new Uint8Array(128);
  const written: Promise<bigint>[] = [];
  while (!stop(written.length)) {
    written.push(client.setData(path, data).then(({ mzxid }) => mzxid));
    await delay((0.5 + Math.random()) * (1_000 / perSecond));
  }
  return Promise.all(written);
}
