/** What a row says of a transaction. */
import type { TransactionJson } from '@vivarium/shared/contract/transactions';

type Change = TransactionJson['changes'][number];

/** The change that a row is about: that of the path that is looked for, else the only one; null where there are several or none. */
export function mainChange(
  { changes, moreChanges, hiddenChanges }: TransactionJson,
  sought: string | null,
): Change | null {
  const found = sought === null ? undefined : changes.find(({ path }) => path === sought);
  if (found !== undefined) return found;
  return changes.length === 1 && moreChanges + hiddenChanges === 0 ? (changes[0] ?? null) : null;
}

/** The path that a row names, and how many more changed; a null path where none may be read, or there is none. */
export function mainPath(
  transaction: TransactionJson,
  sought: string | null,
): { readonly path: string | null; readonly others: number } {
  const { path, changes, moreChanges, hiddenChanges } = transaction;
  const main = mainChange(transaction, sought)?.path ?? path ?? changes[0]?.path ?? null;
  const all = changes.length + moreChanges + hiddenChanges;
  return { path: main, others: Math.max(0, all - (main === null ? 0 : 1)) };
}

/** Whether something was changed that may not be seen at all. */
export function isHidden({ path, changes, hiddenChanges }: TransactionJson): boolean {
  return hiddenChanges > 0 && path === null && changes.length === 0;
}
