/** Lists that are kept, and names in all of them together. */
const MAX_LISTS = 64;
const MAX_NAMES = 2_000_000;

/** Sorted names of children: sorted once, then kept right with every change. */
export class SortedChildren {
  /** By path, the least recently used first. */
  private readonly lists = new Map<string, string[]>();
  private names = 0;

  /** The sorted names; `all` are those that there are now. */
  of(path: string, all: ReadonlySet<string> | null): readonly string[] {
    const known = this.lists.get(path);
    this.lists.delete(path);
    const list = known ?? [...(all ?? [])].sort();
    this.lists.set(path, list);
    if (known === undefined) this.names += list.length;
    for (const oldest of this.lists.keys()) {
      if (this.lists.size <= 1 || (this.lists.size <= MAX_LISTS && this.names <= MAX_NAMES)) break;
      this.forget(oldest);
    }
    return list;
  }

  /** A child has come. */
  added(path: string, name: string): void {
    const list = this.lists.get(path);
    if (list === undefined) return;
    const at = placeOf(list, name);
    if (list[at] === name) return;
    list.splice(at, 0, name);
    this.names++;
  }

  /** A child has gone. */
  removed(path: string, name: string): void {
    const list = this.lists.get(path);
    if (list === undefined) return;
    const at = placeOf(list, name);
    if (list[at] !== name) return;
    list.splice(at, 1);
    this.names--;
  }

  forget(path: string): void {
    this.names -= this.lists.get(path)?.length ?? 0;
    this.lists.delete(path);
  }
}

/** The first place whose name is not before this one. */
function placeOf(list: readonly string[], name: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
