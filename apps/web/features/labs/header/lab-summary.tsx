import type { Verdict } from '@vivarium/labs/history';
import { Check, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { classNames } from '../../../components/class-names.ts';
import { useLabPlaces } from '../lab-route.ts';
import { useLab, useLabState } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './lab-summary.module.css';
import { LessonMenu } from './lesson-menu.tsx';

/** In the bar above the page: which lesson, whether the invariants hold, and at which step. Empty while no lab is open. */
export function LabSummary({ narrow }: { readonly narrow: boolean }) {
  const { route } = useLabPlaces();
  const isOpen = useLabState(({ lab, phase }) => lab !== null && phase !== 'failed');
  if (!isOpen || route.scenario === null) return <div className={styles.filler} />;
  return (
    <>
      <LessonMenu />
      {!narrow && <InvariantSummary />}
      {!narrow && <Steps />}
    </>
  );
}

function InvariantSummary() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const verdicts = useLab(({ branch, cursor }) => branch.pictureAt(cursor).verdicts);
  const titles = useLab(({ protocol }) => protocol.invariants);
  const broken = verdicts.filter(({ holds }) => holds === false);
  const title = (verdict: Verdict) => {
    const invariant = titles.find(({ id }) => id === verdict.invariant);
    return invariant === undefined ? verdict.invariant : say(invariant.title);
  };
  const [first] = broken;
  return (
    <div className={styles.invariants} role="status">
      {first === undefined ? (
        <span className={styles.kept}>
          <Check size={15} strokeWidth={1.75} aria-hidden />
          {t('invariants.allKept', { count: verdicts.length })}
        </span>
      ) : (
        <>
          <span className={styles.broken}>
            <X size={15} strokeWidth={1.75} aria-hidden />
            {t('invariants.someBroken', { count: broken.length })}
          </span>
          <span className={styles.which}>{broken.map(title).join(t('comma'))}</span>
        </>
      )}
    </div>
  );
}

function Steps() {
  const { t } = useTranslation('labs');
  const { cursor, steps, inFlight, branches } = useLab(
    useShallow(({ cursor, branch, branches }) => ({
      cursor,
      steps: branch.records.length,
      inFlight: Object.keys(branch.pictureAt(cursor).inFlight).length,
      branches: branches.length,
    })),
  );
  const readings = [
    { key: 'step', value: t('header.ofSteps', { cursor, steps }) },
    { key: 'inFlight', value: inFlight },
    { key: 'branches', value: branches },
  ] as const;
  return (
    <dl className={styles.readings}>
      {readings.map(({ key, value }) => (
        <div key={key} className={classNames(styles.reading, styles[key])}>
          <dt>{t(`header.${key}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
