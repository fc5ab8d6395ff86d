import type { Action } from '@vivarium/simulation/stepped/journal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { onDeed } from '../keep-focus.ts';
import { lab, useLab } from '../lab-store.ts';
import { useBreaksText } from '../stage/use-action-text.ts';
import styles from './inbox.module.css';
import { pendingAt } from './pending.ts';
import { BreakMark, PendingRow } from './pending-row.tsx';

/** More are shown when they are asked for. */
const MOST_ROWS = 14;

/** The messages under way, the timers and the writes, and what can be done with each. */
export function Inbox() {
  const { t } = useTranslation('labsStage');
  const branch = useLab((state) => state.branch);
  const cursor = useLab((state) => state.cursor);
  const [isWhole, setWhole] = useState(false);
  const next = branch.records[cursor] ?? null;
  const all = pendingAt(branch.pictureAt(cursor), next);
  // What the lesson does, or a person has done, is on its way nowhere.
  const isDone = next !== null && !all.some(({ isNext }) => isNext);
  const messages = all.filter(({ kind }) => kind === 'message').length;
  const shown = isWhole ? all : all.slice(0, MOST_ROWS);
  const possibilities = useLab((state) => state.possibilities);
  const breaksOf = useBreaksText();
  // Said once, under a number, for all buttons that break the same: at each of them it would be all that one reads.
  const broken = [...new Set(possibilities.flatMap(({ action, breaks }) => (isButton(action) ? (breaks ?? []) : [])))];
  return (
    <section className={styles.inbox} aria-labelledby="lab-inbox" tabIndex={-1}>
      <header className={styles.title}>
        <h3 id="lab-inbox">{t('inbox.title')}</h3>
        {messages > 0 && <span>{t('inbox.count', { count: messages })}</span>}
      </header>
      {broken.map((breaks, i) => (
        <p key={breaks} className={styles.breaks}>
          <BreakMark number={i + 1} /> {breaksOf(breaks)}
        </p>
      ))}
      {all.length === 0 && !isDone ? (
        <p className={styles.empty}>{t('inbox.empty')}</p>
      ) : (
        <ul>
          {isDone && (
            <li className={styles.row} data-next>
              <p className={styles.head}>{t(next.entry.by === 'person' ? 'inbox.yours' : 'inbox.scripted')}</p>
              <div className={styles.deeds}>
                <Button className={styles.small} variant="primary" onClick={onDeed(() => lab.step(1))}>
                  {t('inbox.letScript')}
                </Button>
              </div>
            </li>
          )}
          {shown.map((pending) => (
            <PendingRow
              key={pending.key}
              pending={pending}
              numberOf={(breaks) => (breaks === null ? 0 : broken.indexOf(breaks) + 1)}
            />
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

/** What stands beside a line of the list itself, not in a menu that says it there. */
function isButton(action: Action): boolean {
  return action.do === 'deliver' || action.do === 'drop' || action.do === 'fire';
}
