/** The transactions of one cluster, as far as the credentials in use may read what they are about. */
import type {
  TransactionChangeSchema,
  TransactionDetailJson,
  TransactionJson,
  TransactionsJson,
} from '@vivarium/shared/contract/transactions';
import { parentOf } from '@vivarium/shared/path';
import { formatHex, type Zxid } from '@vivarium/shared/zxid';
import type { Static } from 'typebox';
import { apiFailure } from '../api-failure.ts';
import { dataJson } from '../znodes/znode-json.ts';
import type { ChangeData, CommittedChange } from './committed-transaction.ts';
import type { StoredTransaction, TransactionFilter, TransactionPage } from './transaction-store.ts';

/** What of a store is asked. */
export interface TransactionSource {
  find(filter: TransactionFilter): Promise<TransactionPage>;
  detail(zxid: Zxid): Promise<StoredTransaction | null>;
}

/** Which of the znodes may be read now; null for one that is not there. */
export type MayRead = (paths: readonly string[]) => Promise<readonly (boolean | null)[]>;

/** `name`: its parent's children may be read, so its name is no secret. */
type Visibility = 'all' | 'name' | 'none';

type ChangeJson = Static<typeof TransactionChangeSchema>;

export class ClusterTransactions {
  private readonly source: TransactionSource;
  private readonly mayRead: MayRead;

  constructor(source: TransactionSource, mayRead: MayRead) {
    this.source = source;
    this.mayRead = mayRead;
  }

  /** Rejects with `ApiFailure`, `noAuth` where the path or subtree that is looked for may not be named. */
  async find(filter: TransactionFilter): Promise<TransactionsJson> {
    const { transactions, more, gaps, kept } = await this.source.find(filter);
    const asked = [filter.path, filter.below].flatMap((path) => path ?? []);
    const visible = await this.visibilityOf([...asked, ...transactions.flatMap(pathsOf)]);
    for (const path of asked) if (visible(path, true) === 'none') throw apiFailure('noAuth', { path });
    return {
      transactions: transactions.map((transaction) => transactionJson(transaction, visible)),
      more,
      gaps: gaps.map(({ after, until, fromMs, toMs }) => ({
        after: formatHex(after),
        until: formatHex(until),
        fromMs,
        toMs,
      })),
      kept: kept === null ? null : { ...kept, first: formatHex(kept.first), last: formatHex(kept.last) },
    };
  }

  /** Rejects with `ApiFailure` `transactionNotKept`. */
  async detail(zxid: Zxid): Promise<TransactionDetailJson> {
    const found = await this.source.detail(zxid);
    if (found === null) throw apiFailure('transactionNotKept', { zxid: formatHex(zxid) });
    const visible = await this.visibilityOf(pathsOf(found));
    return {
      transaction: transactionJson(found, visible),
      data: found.changes.flatMap((change) => {
        const seen = visible(change.path, change.readable);
        if (seen === 'none') return [];
        if (seen === 'name') return [{ before: null, after: null, kept: false }];
        const { before, after } = change;
        return [{ before: sideJson(before), after: sideJson(after), kept: isKept(before) && isKept(after) }];
      }),
    };
  }

  /** What may be seen of each of the paths. What could not be read when it was written is not shown later either. */
  private async visibilityOf(paths: readonly string[]): Promise<(path: string, readable: boolean) => Visibility> {
    const asked = [...new Set(paths.flatMap((path) => (path === '/' ? [path] : [path, parentOf(path)])))];
    // While nobody can say, what was said when it was written holds.
    const answers = await this.mayRead(asked).catch(() => asked.map(() => null));
    const known = new Map(asked.map((path, i) => [path, answers[i] ?? null]));
    return (path, readable) => {
      if (readable && known.get(path) !== false) return 'all';
      return known.get(parentOf(path)) === true ? 'name' : 'none';
    };
  }
}

function pathsOf({ path, changes }: StoredTransaction): string[] {
  return [...(path === null ? [] : [path]), ...changes.map((change) => change.path)];
}

function transactionJson(
  { zxid, session, path, changes, ...rest }: StoredTransaction,
  visible: (path: string, readable: boolean) => Visibility,
): TransactionJson {
  const shown = changes.flatMap((change): ChangeJson[] => {
    const seen = visible(change.path, change.readable);
    return seen === 'none' ? [] : [changeJson(change, seen === 'name')];
  });
  const isReadable = changes.find((change) => change.path === path)?.readable ?? true;
  return {
    ...rest,
    zxid: formatHex(zxid),
    session: formatHex(session),
    path: path === null || visible(path, isReadable) === 'none' ? null : path,
    changes: shown,
    hiddenChanges: changes.length - shown.length,
  };
}

function changeJson({ path, change, version, before, after }: CommittedChange, hidden: boolean): ChangeJson {
  return {
    path,
    change,
    version,
    beforeBytes: hidden ? null : (before?.bytes ?? null),
    afterBytes: hidden ? null : (after?.bytes ?? null),
    hidden,
  };
}

function sideJson(side: ChangeData | null): string | null {
  return dataJson(side?.data ?? null);
}

/** Also where there is nothing to keep. */
function isKept(side: ChangeData | null): boolean {
  return side === null || side.data !== null;
}
