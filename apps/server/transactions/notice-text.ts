import type { StoreNotice } from './transaction-store.ts';

/** The notice as a sentence, for the terminal and the log. */
export function noticeText(cluster: string, notice: StoreNotice): string {
  switch (notice.kind) {
    case 'setAside':
      return (
        `The file of ${cluster}'s transactions cannot be gone on with (${notice.reason}). It is kept as ${notice.as}, ` +
        'and a new one has been begun.'
      );
    case 'failed':
      return `The transactions of ${cluster} cannot be written: ${notice.reason}.`;
    case 'dropped':
      return `The disk was too slow for ${notice.transactions} transactions of ${cluster}: they are not kept.`;
  }
}
