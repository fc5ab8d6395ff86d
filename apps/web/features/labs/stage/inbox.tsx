import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import styles from '../inbox/inbox.module.css';
import { pendingAt } from '../inbox/pending.ts';
import { PendingRow } from '../inbox/pending-row.tsx';
import { useLab } from '../lab-store.ts';

/** More are shown when they are asked for. */
const MOST_ROWS = 14;

/** The messages under way, the timers and the writes, and what can be done with each. */
export function Inbox() {
  const { t } = useTranslation('labsStage');
  const branch = useLab((state) => state.branch);
  const cursor = useLab((state) => state.cursor);
  const [isWhole, setWhole] = useState(false);
  const all = pendingAt(branch.pictureAt(cursor), branch.records[cursor] ?? null);
  const messages = all.filter(({ kind }) => kind === 'message').length;
  const shown = isWhole ? all : all.slice(0, MOST_ROWS);
  return (
    <section className={styles.inbox} aria-labelledby="lab-inbox">
      <header className={styles.title}>
        <h3 id="lab-inbox">{t('inbox.title')}</h3>
        {messages > 0 && <span>{t('inbox.count', { count: messages })}</span>}
      </header>
      {all.length === 0 ? (
        <p className={styles.empty}>{t('inbox.empty')}</p>
      ) : (
        <ul>
          {shown.map((pending) => (
            <PendingRow key={pending.key} pending={pending} />
          ))}
        </ul>
      )}
      {all.length > MOST_ROWS && (
        <Button variant="quiet" className={styles.rest} onClick={() => setWhole(!isWhole)}>
          {isWhole ? t('inbox.fewer') : t('inbox.all', { count: all.length })}
        </Button>
      )}
    </section>
  );
}
