import { numberOf, parseQuota, QuotaKey } from '@vivarium/ensemble/core/tree/quota-text';
import { limitsPath, quotaNodeOf, statsPath } from '@vivarium/ensemble/core/tree/quotas';
import { utf8Length } from '@vivarium/shared/utf8';
import type { IndexedTree } from './indexed-tree.ts';
import type { MirrorExtremes } from './mirror-messages.ts';
import type { Searcher } from './search.ts';
import { shownPath } from './shown-path.ts';
import { Visibility } from './visibility.ts';

const MAX_LISTED = 10;
const MAX_QUOTAS = 1_000;
/** Shorter lists are near no limit. */
const MIN_CHILDREN = 100;
const MIN_DATA_BYTES = 1_024;
const NODES_A_TURN = 1_024;
const QUOTA_ROOT = '/zookeeper/quota';

/** What may be near a limit. Yields whenever others may have their turn. */
export function* extremesOf(indexed: IndexedTree, { identities, root }: Searcher): Generator<null, MirrorExtremes> {
  const { tree } = indexed;
  const visibility = new Visibility(tree, identities, root);
  const childLists = new Largest<MirrorExtremes['childLists'][number]>();
  const data = new Largest<MirrorExtremes['data'][number]>();
  let seen = 0;
  for (const [path, { children: names, data: body }] of tree.entries()) {
    if (++seen % NODES_A_TURN === 0) yield null;
    const children = names === null ? 0 : names.size;
    const dataBytes = body === null ? 0 : body.length;
    if (children < MIN_CHILDREN && dataBytes < MIN_DATA_BYTES) continue;
    const shown = shownPath(path, root);
    if (shown === null || !visibility.shows(path)) continue;
    if (dataBytes >= MIN_DATA_BYTES) data.add({ path: shown, bytes: dataBytes });
    if (children < MIN_CHILDREN) continue;
    // A vector of strings, each with its length in front (Java `GetChildrenResponse`).
    let bytes = 4;
    for (const name of names ?? []) {
      bytes += 4 + utf8Length(name);
      if (++seen % NODES_A_TURN === 0) yield null;
    }
    childLists.add({ path: shown, children, bytes });
  }
  return { childLists: childLists.items, data: data.items, quotas: quotasOf(indexed, root, visibility) };
}

/** The few largest, the largest first. */
class Largest<T extends { readonly bytes: number }> {
  readonly items: T[] = [];

  add(item: T): void {
    if (this.items.length === MAX_LISTED && item.bytes <= (this.items.at(-1)?.bytes ?? 0)) return;
    const at = this.items.findIndex(({ bytes }) => bytes < item.bytes);
    this.items.splice(at < 0 ? this.items.length : at, 0, item);
    if (this.items.length > MAX_LISTED) this.items.pop();
  }
}

function quotasOf({ tree }: IndexedTree, root: string, visibility: Visibility): MirrorExtremes['quotas'] {
  const found: MirrorExtremes['quotas'][number][] = [];
  const left = [QUOTA_ROOT];
  for (let at = left.pop(); at !== undefined && found.length < MAX_QUOTAS; at = left.pop()) {
    for (const name of tree.get(at)?.children ?? []) left.push(`${at}/${name}`);
    const quota = quotaNodeOf(at);
    if (quota?.kind !== 'limits' || quota.subtree === '') continue;
    const path = shownPath(quota.subtree, root);
    if (path === null || !visibility.shows(quota.subtree)) continue;
    const limits = parseQuota(tree.get(limitsPath(quota.subtree))?.data ?? null);
    const stats = parseQuota(tree.get(statsPath(quota.subtree))?.data ?? null);
    const limitOf = (soft: string, hard: string): number | null => {
      const set = [numberOf(limits, soft), numberOf(limits, hard)].filter((limit) => limit >= 0n);
      return set.length === 0 ? null : Math.min(...set.map(Number));
    };
    found.push({
      path,
      count: Number(numberOf(stats, QuotaKey.count)),
      bytes: Number(numberOf(stats, QuotaKey.bytes)),
      countLimit: limitOf(QuotaKey.count, QuotaKey.countHardLimit),
      bytesLimit: limitOf(QuotaKey.bytes, QuotaKey.byteHardLimit),
    });
  }
  return found;
}
