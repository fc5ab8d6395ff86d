/**
 * The watches of one kind: who watches which path (Java `WatchManager`). Each is kept under its path, to be found when
 * that changes, and under its client, to go with it.
 */
import type { ClientId } from '../io.ts';

/** Who watches a path that more than one client has watched. */
interface Shared {
  /** The one copy of the text that all its watchers refer to. */
  readonly path: string;
  readonly clients: Set<ClientId>;
}

/** What one watch takes in memory, about, beside the characters of its path: its places in two maps and a set. */
const WATCH_BYTES = 160;

export class Watches {
  /** Most paths of a million are watched by one client: for them there is no set. */
  private readonly byPath = new Map<string, ClientId | Shared>();
  private readonly byClient = new Map<ClientId, Set<string>>();
  private readonly bytesByClient = new Map<ClientId, number>();
  private total = 0;
  private totalBytes = 0;

  /** How many watches are set. */
  get count(): number {
    return this.total;
  }

  /** What they take in memory, about. */
  get bytes(): number {
    return this.totalBytes;
  }

  bytesOf(client: ClientId): number {
    return this.bytesByClient.get(client) ?? 0;
  }

  get pathCount(): number {
    return this.byPath.size;
  }

  get clientCount(): number {
    return this.byClient.size;
  }

  add(client: ClientId, path: string): void {
    if (this.has(client, path)) return;
    const kept = this.addWatcher(client, path);
    const paths = this.byClient.get(client);
    if (paths === undefined) this.byClient.set(client, new Set([kept]));
    else paths.add(kept);
    this.total++;
    this.weigh(client, WATCH_BYTES + path.length);
  }

  has(client: ClientId, path: string): boolean {
    return this.byClient.get(client)?.has(path) ?? false;
  }

  /** False where there is no such watch. */
  remove(client: ClientId, path: string): boolean {
    if (!this.forgetPath(client, path)) return false;
    this.removeWatcher(client, path);
    return true;
  }

  /** Adds to `clients` who watches the path. */
  find(path: string, clients: Set<ClientId>): void {
    const found = this.byPath.get(path);
    if (found === undefined) return;
    if (typeof found === 'number') clients.add(found);
    else for (const client of found.clients) clients.add(client);
  }

  /** The same, and their watches of the path are gone. */
  take(path: string, clients: Set<ClientId>): void {
    const found = this.byPath.get(path);
    if (found === undefined) return;
    this.byPath.delete(path);
    for (const client of typeof found === 'number' ? [found] : found.clients) {
      this.forgetPath(client, path);
      clients.add(client);
    }
  }

  /** A connection is gone, and its watches with it. */
  removeClient(client: ClientId): void {
    const paths = this.byClient.get(client);
    if (paths === undefined) return;
    this.byClient.delete(client);
    this.total -= paths.size;
    this.totalBytes -= this.bytesOf(client);
    this.bytesByClient.delete(client);
    for (const path of paths) this.removeWatcher(client, path);
  }

  /** What a client watches. */
  pathsOf(client: ClientId): ReadonlySet<string> {
    return this.byClient.get(client) ?? NOTHING;
  }

  /** Who watches anything. */
  clients(): Iterable<ClientId> {
    return this.byClient.keys();
  }

  /** What anybody watches. */
  paths(): Iterable<string> {
    return this.byPath.keys();
  }

  isWatched(path: string): boolean {
    return this.byPath.has(path);
  }

  /** Returns the text of the path that is to be kept for the client. */
  private addWatcher(client: ClientId, path: string): string {
    const found = this.byPath.get(path);
    if (found === undefined) {
      this.byPath.set(path, client);
      return path;
    }
    if (typeof found === 'number') {
      this.byPath.set(path, { path, clients: new Set([found, client]) });
      return path;
    }
    found.clients.add(client);
    return found.path;
  }

  private removeWatcher(client: ClientId, path: string): void {
    const found = this.byPath.get(path);
    if (typeof found === 'object') {
      found.clients.delete(client);
      if (found.clients.size > 0) return;
    }
    this.byPath.delete(path);
  }

  private forgetPath(client: ClientId, path: string): boolean {
    const paths = this.byClient.get(client);
    if (!paths?.delete(path)) return false;
    this.total--;
    this.weigh(client, -(WATCH_BYTES + path.length));
    if (paths.size === 0) {
      this.byClient.delete(client);
      this.bytesByClient.delete(client);
    }
    return true;
  }

  private weigh(client: ClientId, bytes: number): void {
    this.totalBytes += bytes;
    this.bytesByClient.set(client, this.bytesOf(client) + bytes);
  }
}

const NOTHING: ReadonlySet<string> = new Set();
