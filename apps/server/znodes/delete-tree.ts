/** Deletes a znode with all that is below it, the children first. */
import { MultiError } from '@vivarium/client/errors';
import type { MultiOperation } from '@vivarium/client/zookeeper-client';
import { ErrorCode } from '@vivarium/shared/error-code';
import { apiFailure } from '../api-failure.ts';
import type { TreeClient } from './tree-client.ts';

/** So many znodes are deleted by one request. */
const MAX_DELETED = 100_000;
const MAX_BATCH = 1_000;
const MAX_BATCH_PATH_BYTES = 256 * 1024;
/** Lists that are read at once. */
const LISTS_AT_ONCE = 256;
/** How often it begins anew where others add or delete znodes meanwhile. */
const MAX_ROUNDS = 5;

/**
 * Returns how many znodes were deleted. It is all or nothing where one transaction has room for them; otherwise those that
 * went in earlier transactions stay gone when it fails. `version` is the root's. Rejects with `tooManyNodes`, before anything
 * is deleted, and with the client's errors.
 */
export async function deleteTree(client: TreeClient, root: string, version: number): Promise<number> {
  let deleted = 0;
  for (let round = 1; ; round++) {
    const paths = await descendants(client, root);
    if (paths.length > MAX_DELETED + 1) throw apiFailure('tooManyNodes', { path: root, limit: MAX_DELETED });
    try {
      for (const batch of batches(paths.toReversed(), root, version)) {
        await client.multi(batch);
        deleted += batch.filter(({ op }) => op === 'delete').length;
      }
      return deleted;
    } catch (error) {
      const isRace =
        error instanceof MultiError && (error.code === ErrorCode.NONODE || error.code === ErrorCode.NOTEMPTY);
      if (!isRace || round === MAX_ROUNDS) throw error;
      if (deleted > 0 && (await client.exists(root)) === null) return deleted;
    }
  }
}

/** The znode and all below it, parents before children; one more than the limit where there are too many. */
async function descendants(client: TreeClient, root: string): Promise<string[]> {
  const paths = [root];
  for (let next = 0; next < paths.length && paths.length <= MAX_DELETED + 1; ) {
    const parents = paths.slice(next, next + LISTS_AT_ONCE);
    next += parents.length;
    const lists = await Promise.all(parents.map((parent) => childrenOf(client, parent, root)));
    for (const list of lists) for (const path of list) paths.push(path);
  }
  return paths;
}

async function childrenOf(client: TreeClient, parent: string, root: string): Promise<string[]> {
  try {
    const { children } = await client.getChildren(parent);
    return children.map((name) => `${parent}/${name}`);
  } catch (error) {
    // Others may delete what was listed a moment ago.
    const isGone = error instanceof Error && 'code' in error && error.code === ErrorCode.NONODE;
    if (isGone && parent !== root) return [];
    throw error;
  }
}

function* batches(paths: readonly string[], root: string, version: number): Generator<MultiOperation[]> {
  const check: MultiOperation[] = version === -1 ? [] : [{ op: 'check', path: root, version }];
  let batch = [...check];
  let bytes = 0;
  for (const path of paths) {
    const operation: MultiOperation = path === root ? { op: 'delete', path, version } : { op: 'delete', path };
    const length = Buffer.byteLength(path);
    if (batch.length >= MAX_BATCH || bytes + length > MAX_BATCH_PATH_BYTES) {
      yield batch;
      batch = [...check];
      bytes = 0;
    }
    batch.push(operation);
    bytes += length;
  }
  yield batch;
}
