/** Committed transactions of an attached cluster as events: what an observer is told, and no more. */
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { formatHex } from '@vivarium/shared/zxid';
import type { CommittedTransaction } from '../../transactions/committed-transaction.ts';

/** In their order; what the credentials in use may not read is not named. */
export function eventsOf(transaction: CommittedTransaction): ClusterEventBody[] {
  const { operation, cxid, error, path, changes, moreChanges } = transaction;
  const zxid = formatHex(transaction.zxid);
  const session = formatHex(transaction.session);
  const shown = changes.filter(({ readable }) => readable);
  const isHidden = changes.some((change) => change.path === path && !change.readable);
  const events: ClusterEventBody[] = [
    { kind: 'committed', zxid },
    {
      kind: 'applied',
      zxid,
      operation,
      path: isHidden ? null : path,
      session,
      cxid,
      error,
      changes: shown.map((change) => ({ path: change.path, change: change.change, version: change.version })),
      moreChanges: moreChanges + changes.length - shown.length,
    },
  ];
  // A leader that lets a session expire makes the request itself, with the cxid 0 (`PrepRequestProcessor`, `close`).
  if (operation === 'closeSession') events.push({ kind: 'sessionClosed', session, expired: cxid === 0 });
  return events;
}
