import { Check, CircleDashed } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Panel } from '../../../components/panel.tsx';
import { useLabPlaces } from '../lab-route.ts';
import { currentLink, lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { readBest, writeBest } from './goal-store.ts';
import styles from './inspector.module.css';

/** What the player is out for, where it was reached, and the shortest way there so far. */
export function Goals() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const { route, go } = useLabPlaces();
  const { info, branch, busy } = useLab(useShallow(({ info, branch, busy }) => ({ info, branch, busy })));
  const [best, setBest] = useState(() => readBest(info.id));
  const reached = new Map<string, number>();
  for (const { goals, entry } of branch.records.slice(0, branch.seen)) {
    for (const goal of goals) if (!reached.has(goal)) reached.set(goal, entry.n);
  }
  const found = [...reached].map(([goal, n]) => `${goal}:${n}`).join(' ');
  useEffect(() => {
    for (const pair of found.split(' ').filter((text) => text !== '')) {
      const [goal = '', n = ''] = pair.split(':');
      const link = currentLink(Number(n))?.link;
      if (link != null) setBest(writeBest(info.id, goal, { steps: Number(n), link }));
    }
  }, [found, info.id]);
  const shorten = async (goal: string): Promise<void> => {
    const way = await lab.shorten(goal);
    if (way !== null) setBest(writeBest(info.id, goal, way));
  };
  if (info.goals.length === 0) return null;
  return (
    <Panel title={t('goals.title')} aside={t('goals.reachedOf', { reached: reached.size, total: info.goals.length })}>
      <ul className={styles.goals}>
        {info.goals.map(({ id, text }) => {
          const at = reached.get(id);
          const record = best[id];
          return (
            <li key={id}>
              {at === undefined ? (
                <CircleDashed
                  className={styles.silent}
                  size={16}
                  strokeWidth={1.5}
                  role="img"
                  aria-label={t('goals.open')}
                />
              ) : (
                <Check
                  className={styles.kept}
                  size={16}
                  strokeWidth={1.75}
                  role="img"
                  aria-label={t('goals.reached')}
                />
              )}
              <span>
                {say(text)}
                {at !== undefined && (
                  <button type="button" className={styles.link} onClick={() => lab.seek(at)}>
                    {t('goals.reachedAt', { n: at })}
                  </button>
                )}
                {at !== undefined && (
                  <button type="button" className={styles.link} disabled={busy} onClick={() => void shorten(id)}>
                    {t('goals.shorten')}
                  </button>
                )}
                {record !== undefined && (
                  <button type="button" className={styles.link} onClick={() => go({ ...route, link: record.link })}>
                    {t('goals.best', { count: record.steps })}
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <p className={styles.hint}>{t('goals.hint')}</p>
    </Panel>
  );
}
