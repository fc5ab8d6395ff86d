import { memo, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Skeleton } from '../../components/states.tsx';
import { type Tab, Tabs } from '../../components/tabs.tsx';
import { useMediaQuery } from '../../components/use-media-query.ts';
import { LabBar } from './bar/lab-bar.tsx';
import { LabHeader } from './header/lab-header.tsx';
import { Inbox } from './inbox/inbox.tsx';
import { Goals } from './inspector/goals.tsx';
import { Invariants } from './inspector/invariants.tsx';
import { LabInspector } from './inspector/lab-inspector.tsx';
import { Narration, StepAnnouncer } from './inspector/narration.tsx';
import { Predictions } from './inspector/predictions.tsx';
import { LabFailureView } from './lab-failure-view.tsx';
import styles from './lab-page.module.css';
import { useLabPlaces } from './lab-route.ts';
import { currentLink, lab, useLab, useLabState } from './lab-store.ts';
import { LabQuestion } from './question/lab-question.tsx';
import { LabStage } from './stage/lab-stage.tsx';
import { useLabAddress } from './use-lab-address.ts';
import { useLabKeys } from './use-lab-keys.ts';
import { LabLower } from './views/lab-lower.tsx';

/** A lesson that is open, from being fetched to its last step. */
export function LabPage() {
  useLabAddress();
  const phase = useLabState((state) => state.phase);
  const failure = useLabState((state) => state.failure);
  const hasLab = useLabState((state) => state.lab !== null);
  if (phase === 'failed' && failure !== null) return <LabFailureView failure={failure} />;
  if (!hasLab) return <Loading />;
  return <OpenLab isLoading={phase === 'loading'} />;
}

function Loading() {
  return (
    <div className={styles.loading}>
      <Slow />
      <Skeleton lines={9} />
    </div>
  );
}

/** Longer than that nobody waits without a word. */
const SLOW_MS = 1000;

/** What takes long to open: how far it is, and the way out. */
function Slow() {
  const { t } = useTranslation('labs');
  const { route, go } = useLabPlaces();
  const steps = useLabState((state) => state.steps);
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const cancel = () => {
    lab.cancel();
    const shown = currentLink();
    go(shown === null ? { scenario: null, link: null, goals: false } : { ...route, ...shown });
  };
  if (!isSlow) return null;
  return (
    <div className={styles.slow}>
      <p role="status">{steps > 0 ? t('loading.steps', { count: steps }) : t('loading.slow')}</p>
      <Button onClick={cancel}>{t('loading.cancel')}</Button>
    </div>
  );
}

/** Not drawn again where only the address has changed: it follows each step. */
const OpenLab = memo(function OpenLab({ isLoading }: { readonly isLoading: boolean }) {
  useLabKeys();
  // Below this there is no room for a column beside the stage.
  const isNarrow = useMediaQuery('(max-width: 900px)');
  return (
    <div className={isNarrow ? styles.narrowLab : styles.lab} aria-busy={isLoading}>
      {isLoading && <Slow />}
      {isNarrow ? <NarrowParts /> : <WideParts />}
      <StepAnnouncer />
    </div>
  );
});

function WideParts() {
  return (
    <>
      <div className={styles.columns}>
        <div className={styles.main}>
          <LabHeader />
          <div className={styles.stage}>
            <LabStage />
          </div>
          <LabQuestion />
          <div className={styles.lower}>
            <LabLower />
          </div>
        </div>
        <div className={styles.side}>
          <LabInspector />
        </div>
      </div>
      <LabBar />
    </>
  );
}

type NarrowTab = 'step' | 'messages' | 'invariants' | 'more';

/** On a phone: the stage and the step buttons stay, all else is in tabs between them. */
function NarrowParts() {
  const { t } = useTranslation('labs');
  const { route } = useLabPlaces();
  const [tab, setTab] = useState<NarrowTab>('step');
  const inFlight = useLab(({ branch, cursor }) => Object.keys(branch.pictureAt(cursor).inFlight).length);
  const broken = useLab(
    ({ branch, cursor }) => branch.pictureAt(cursor).verdicts.filter((v) => v.holds === false).length,
  );
  const tabs: readonly Tab<NarrowTab>[] = [
    {
      value: 'step',
      label: t('tabs.step'),
      content: (
        <div className={styles.scroll}>
          <Narration />
          {route.goals && <Goals />}
          <Predictions />
        </div>
      ),
    },
    {
      value: 'messages',
      label: t('tabs.messages'),
      count: inFlight,
      content: (
        <div className={styles.scroll}>
          <Inbox />
        </div>
      ),
    },
    {
      value: 'invariants',
      label: t('tabs.invariants'),
      ...(broken > 0 && { count: <span className={styles.alarm}>{t('tabs.broken', { count: broken })}</span> }),
      content: (
        <div className={styles.scroll}>
          <Invariants />
        </div>
      ),
    },
    {
      value: 'more',
      label: t('tabs.more'),
      content: (
        <div className={styles.narrowLower}>
          <LabLower />
        </div>
      ),
    },
  ];
  return (
    <>
      <div className={styles.flow}>
        <LabHeader />
        <div className={styles.stage}>
          <LabStage />
        </div>
        <LabQuestion />
        <Tabs label={t('tabs.label')} value={tab} tabs={tabs} onChange={setTab} className={styles.tabs} />
      </div>
      <LabBar narrow />
    </>
  );
}
