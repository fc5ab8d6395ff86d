/** All that has happened, as text: a line a step, each of which leads there, with what caused it. */

import { useVirtualizer } from '@tanstack/react-virtual';
import type { StepRecord } from '@vivarium/labs/history';
import { Flag } from 'lucide-react';
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './views.module.css';

const ROW_PX = 24;
const COARSE_ROW_PX = 44;
const COARSE = '(pointer: coarse)';

export function Journal() {
  const { t } = useTranslation('labsViews');
  const branch = useLab((state) => state.branch);
  const cursor = useLab((state) => state.cursor);
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = useCoarse() ? COARSE_ROW_PX : ROW_PX;
  const count = branch.seen;
  // The same function while it says the same: for another one, all rows are laid out anew.
  const getItemKey = useCallback((index: number) => `${branch.id}:${index}`, [branch.id]);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
    getItemKey,
  });
  useEffect(() => {
    if (cursor > 0) rows.scrollToIndex(cursor - 1, { align: 'auto' });
  }, [cursor, rows]);
  if (count === 0) return <p className={styles.empty}>{t('journal.empty')}</p>;
  return (
    <div ref={scroller} className={styles.scroller}>
      <ol className={styles.journal} style={{ height: rows.getTotalSize() }} aria-label={t('journal.label')}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const record = branch.records[index];
          return (
            record !== undefined && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={count}
                aria-posinset={index + 1}
              >
                <JournalLine record={record} cursor={cursor} />
              </li>
            )
          );
        })}
      </ol>
    </div>
  );
}

function JournalLine({ record, cursor }: { readonly record: StepRecord; readonly cursor: number }) {
  const { t } = useTranslation('labsViews');
  const say = useSay();
  const { n, cause, by } = record.entry;
  return (
    <div className={styles.line} data-current={n === cursor || undefined} data-later={n > cursor || undefined}>
      <button
        type="button"
        className={styles.entry}
        aria-current={n === cursor ? 'step' : undefined}
        onClick={() => lab.seek(n)}
      >
        <span className={styles.n}>{n}</span>
        <span className={styles.sentence} data-by={by}>
          {say(record.sentence)}
        </span>
        {record.mark !== null && (
          <span className={styles.flag}>
            <Flag size={11} strokeWidth={1.75} aria-hidden />
            {say(record.mark)}
          </span>
        )}
      </button>
      {cause !== null && (
        <button
          type="button"
          className={styles.cause}
          aria-label={t('journal.cause', { n, cause })}
          onClick={() => lab.seek(cause)}
        >
          ← {cause}
        </button>
      )}
    </div>
  );
}

function useCoarse(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(COARSE);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => matchMedia(COARSE).matches,
  );
}
