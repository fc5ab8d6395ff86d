import type { DatabaseSync } from 'node:sqlite';
import { assert } from '@vivarium/shared/assert';
import { int, one, prepare } from './sql.ts';

/** Paths whose numbers are remembered, and numbers whose paths are. */
const MAX_REMEMBERED = 20_000;

const ROOT = 1;

/** A path as numbers: of its znode, and of all above it but the root. */
export interface ZnodeIds {
  readonly id: number;
  readonly above: readonly number[];
}

/** Which number stands for which path. A name is kept once below its parent, however often its znode changes. */
export class ZnodeTable {
  private readonly select;
  private readonly insert;
  private readonly selectName;
  private readonly known = new Map<string, ZnodeIds>();
  private readonly paths = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.select = prepare(database, 'SELECT id FROM znode WHERE parent = ? AND name = ?');
    this.insert = prepare(database, 'INSERT INTO znode(parent, name) VALUES (?, ?)');
    this.selectName = prepare(database, 'SELECT parent, name FROM znode WHERE id = ?');
  }

  /** The numbers of the path, which are given to it where it has none. */
  take(path: string): ZnodeIds {
    const ids = this.look(path, (parent, name) => Number(this.insert.run(parent, name).lastInsertRowid));
    assert(ids !== null, 'what is missing is made');
    return ids;
  }

  /** The numbers of the path; null where nothing is kept of it. */
  find(path: string): ZnodeIds | null {
    return this.look(path, () => null);
  }

  pathOf(id: number): string {
    if (id === ROOT) return '/';
    const remembered = this.paths.get(id);
    if (remembered !== undefined) return remembered;
    const { parent, name } = one(this.selectName, id);
    const above = int(parent);
    const path = `${above === ROOT ? '' : this.pathOf(above)}/${String(name)}`;
    remember(this.paths, id, path);
    return path;
  }

  /** The numbers above it but the root's. */
  above(id: number): number[] {
    const above: number[] = [];
    for (let next = this.parentOf(id); next > ROOT; next = this.parentOf(next)) above.push(next);
    return above;
  }

  /** After rows have gone, or a transaction of SQLite has been taken back. */
  forget(): void {
    this.known.clear();
    this.paths.clear();
  }

  private parentOf(id: number): number {
    return id === ROOT ? 0 : int(one(this.selectName, id).parent);
  }

  private look(path: string, missing: (parent: number, name: string) => number | null): ZnodeIds | null {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    let id = ROOT;
    const above: number[] = [];
    for (const name of path === '/' ? [] : path.slice(1).split('/')) {
      if (id !== ROOT) above.push(id);
      const row = this.select.get(id, name);
      const next = row === undefined ? missing(id, name) : int(row.id);
      if (next === null) return null;
      id = next;
    }
    const ids = { id, above };
    remember(this.known, path, ids);
    return ids;
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= MAX_REMEMBERED) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  map.set(key, value);
}
