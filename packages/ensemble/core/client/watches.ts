/** One-shot watches (Java `WatchManager`): who waits for which path. Two of them: one for data, one for children. */
import type { ClientId } from '../io.ts';

export class Watches {
  private readonly byPath = new Map<string, Set<ClientId>>();
  private readonly byClient = new Map<ClientId, Set<string>>();
  private total = 0;

  /** How many watches are set. */
  get count(): number {
    return this.total;
  }

  add(client: ClientId, path: string): void {
    let clients = this.byPath.get(path);
    if (clients === undefined) {
      clients = new Set();
      this.byPath.set(path, clients);
    }
    if (clients.has(client)) return;
    clients.add(client);
    this.total++;
    const paths = this.byClient.get(client);
    if (paths === undefined) this.byClient.set(client, new Set([path]));
    else paths.add(path);
  }

  /** Takes the watches of a path away and returns whose they were. */
  trigger(path: string): ReadonlySet<ClientId> {
    const clients = this.byPath.get(path);
    if (clients === undefined) return NOBODY;
    this.byPath.delete(path);
    this.total -= clients.size;
    for (const client of clients) {
      const paths = this.byClient.get(client);
      if (paths?.delete(path) && paths.size === 0) this.byClient.delete(client);
    }
    return clients;
  }

  /** A connection is gone, and its watches with it. */
  removeClient(client: ClientId): void {
    for (const path of this.byClient.get(client) ?? []) {
      const clients = this.byPath.get(path);
      if (clients?.delete(client)) this.total--;
      if (clients?.size === 0) this.byPath.delete(path);
    }
    this.byClient.delete(client);
  }
}

const NOBODY: ReadonlySet<ClientId> = new Set();
