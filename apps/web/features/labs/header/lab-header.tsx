import { Link as LinkIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../../../components/button.tsx';
import { copyText } from '../../../components/copy-text.ts';
import { SegmentedControl } from '../../../components/segmented-control.tsx';
import { toast } from '../../../components/toast.ts';
import { useLabPlaces } from '../lab-route.ts';
import { currentLink, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { HistoryMenu } from './history-menu.tsx';
import styles from './lab-header.module.css';
import { SettingsPopover } from './settings-popover.tsx';

type Mode = 'lesson' | 'free' | 'goals';

/** Over the stage: which lesson of which protocol, whether one follows it or plays, its settings, and its link. */
export function LabHeader() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const { protocol, info, scenarios } = useLab(
    useShallow(({ protocol, info, scenarios }) => ({ protocol, info, scenarios })),
  );
  const lessons = scenarios.filter(({ kind }) => kind !== 'free');
  const number = lessons.findIndex(({ id }) => id === info.id) + 1;
  return (
    <div className={styles.bar}>
      <h1>{say(protocol.title)}</h1>
      {number > 0 && <span className={styles.number}>{t('header.lessonOf', { number, total: lessons.length })}</span>}
      <ModeControl />
      <div className={styles.end}>
        <SettingsPopover />
        <HistoryMenu />
        <CopyLink />
      </div>
    </div>
  );
}

/** Follow the lesson, play freely, or try to break the protocol: the last two are the protocol's free scenario. */
function ModeControl() {
  const { t } = useTranslation('labs');
  const { route, go } = useLabPlaces();
  const { info, scenarios } = useLab(useShallow(({ info, scenarios }) => ({ info, scenarios })));
  const free = scenarios.find(({ kind }) => kind === 'free');
  const first = scenarios.find(({ kind }) => kind === 'lesson');
  const mode: Mode = info.kind !== 'free' ? 'lesson' : route.goals ? 'goals' : 'free';
  const change = (next: Mode) => {
    if (next === mode) return;
    if (next === 'lesson') {
      if (first !== undefined) go({ scenario: first.id, link: null, goals: false });
      return;
    }
    const goals = next === 'goals';
    if (info.kind === 'free') go({ ...route, goals });
    else if (free !== undefined) go({ scenario: free.id, link: null, goals });
  };
  return (
    <SegmentedControl<Mode>
      label={t('header.mode')}
      value={mode}
      segments={[
        { value: 'lesson', label: t('mode.lesson'), disabled: first === undefined },
        { value: 'free', label: t('mode.free'), disabled: free === undefined },
        { value: 'goals', label: t('mode.goals'), disabled: free === undefined || free.goals.length === 0 },
      ]}
      onChange={change}
    />
  );
}

function CopyLink() {
  const { t } = useTranslation('labs');
  const { route, href } = useLabPlaces();
  const copy = async () => {
    const link = currentLink();
    if (link === null) return;
    const url = new URL(href({ ...route, ...link }), location.href);
    if (await copyText(url.href)) toast('ok', t('header.linkCopied'));
    else toast('error', t('header.linkNotCopied'));
  };
  return (
    <Button onClick={() => void copy()} className={styles.copy}>
      <LinkIcon size={14} strokeWidth={1.5} aria-hidden />
      <span>{t('header.copyLink')}</span>
    </Button>
  );
}
