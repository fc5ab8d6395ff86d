/** The tree of a cluster with all that is kept beside it to answer quickly; each transaction changes both together. */
import type { Database } from '@vivarium/ensemble/core/database';
import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import { nameOf, parentOf } from '@vivarium/shared/path';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { Bodies } from './bodies.ts';
import { ChunkedBytes } from './chunked-bytes.ts';
import { SortedChildren } from './sorted-children.ts';
import { countOf, SubtreeSums, type Sum } from './subtree-sums.ts';
import { touchedPaths } from './touched.ts';

const NAME_CHUNK_BYTES = 1024 * 1024;
/** Znodes that are looked at before others have their turn. */
const NODES_A_TURN = 256;
/** Names of znodes that have gone stay until there are more of them than of others. */
const MIN_DEAD_NAMES = 10_000;

interface Before {
  readonly path: string;
  readonly count: Readonly<Sum>;
  readonly data: Uint8Array | null;
}

export class IndexedTree {
  readonly database: Database;
  readonly bodies: Bodies;
  readonly sums: SubtreeSums;
  readonly children = new SortedChildren();
  private nameChunks = new ChunkedBytes(NAME_CHUNK_BYTES);
  private readonly encoder = new TextEncoder();
  private before: readonly Before[] = [];
  /** What is left to do of an index that is being made; null where it is whole. */
  private indexing: Generator<null> | null;
  private wasIndexed = false;

  constructor(database: Database, bodies: Bodies) {
    this.database = database;
    this.bodies = bodies;
    this.sums = new SubtreeSums(database.tree);
    this.indexing = this.index(this.nameChunks);
  }

  get tree(): DataTree {
    return this.database.tree;
  }

  /** Names, in lower case. */
  get names(): ChunkedBytes {
    return this.nameChunks;
  }

  /** Whether every znode is in the index. */
  get indexed(): boolean {
    return this.wasIndexed;
  }

  /** Does a little of what can wait; false where there is nothing to do. */
  tidy(): boolean {
    if (this.indexing !== null) {
      if (this.indexing.next().done === true) this.indexing = null;
      return true;
    }
    if (this.bodies.compact(this.tree)) return true;
    const { entryCount } = this.nameChunks;
    if (!this.bodies.dropping && entryCount <= this.tree.nodeCount * 2 + MIN_DEAD_NAMES) return false;
    this.indexing = this.index(new ChunkedBytes(NAME_CHUNK_BYTES));
    return true;
  }

  /** To be called before a transaction is applied. */
  applying(record: TxnRecord): void {
    const { tree } = this;
    this.before = [...touchedPaths(record, tree)].map((path) => {
      const node = tree.get(path);
      return { path, count: countOf(node), data: node?.data ?? null };
    });
  }

  /** To be called when it is applied. Returns the paths that it touched. */
  applied(): readonly string[] {
    for (const { path, count, data } of this.before) {
      const node = this.tree.get(path);
      const after = countOf(node);
      this.sums.changed(path, count, after);
      if (data !== null && data !== node?.data) this.bodies.release(data);
      if (node !== undefined) this.bodies.keepOf(path, node);
      if (count.znodes === after.znodes) continue;
      if (node === undefined) {
        this.children.removed(parentOf(path), nameOf(path));
        this.children.forget(path);
      } else {
        this.children.added(parentOf(path), nameOf(path));
        this.addName(this.nameChunks, path);
      }
    }
    const touched = this.before.map(({ path }) => path);
    this.before = [];
    return touched;
  }

  /**
   * Puts all names into the index, and all data where they belong. The tree is read in the order in which its znodes were
   * made, so those that are made meanwhile are seen too.
   */
  private *index(names: ChunkedBytes): Generator<null> {
    const { tree } = this;
    let seen = 0;
    for (const [path, node] of tree.entries()) {
      this.bodies.keepOf(path, node);
      this.addName(names, path);
      if (++seen % NODES_A_TURN === 0) yield null;
    }
    this.nameChunks = names;
    this.wasIndexed = true;
  }

  private addName(names: ChunkedBytes, path: string): void {
    if (path !== '/') names.put(path, this.encoder.encode(nameOf(path).toLowerCase()));
  }
}
