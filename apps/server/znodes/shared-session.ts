import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';

/** One session that begins with its first use and goes on: after its end, by expiry mostly, the next use begins another. */
export class SharedSession {
  private readonly connect: () => ZooKeeperClient;
  private current: ZooKeeperClient | null = null;
  private closed = false;

  /** `connect` makes a client that is not started. */
  constructor(connect: () => ZooKeeperClient) {
    this.connect = connect;
  }

  get client(): ZooKeeperClient {
    const state = this.current?.state;
    const isOver = state === 'expired' || state === 'authFailed';
    if (this.current !== null && (!isOver || this.closed)) return this.current;
    this.current = this.connect();
    if (!this.closed) this.current.start();
    return this.current;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.current?.close();
  }
}
