import { Pause, Play, SkipBack, SkipForward, StepBack, StepForward } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button, IconButton } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { Select } from '../../../components/field.tsx';
import { formatSpeed } from '../../../components/format.ts';
import { askAt, firstStep } from '../lab-state.ts';
import { lab, useLab } from '../lab-store.ts';
import styles from './lab-bar.module.css';
import { Track } from './track.tsx';

/** Steps per second. */
const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 4];

/** The time bar of a lab: a step forward and back, play, and all steps to seek among. */
export function LabBar({ narrow = false }: { readonly narrow?: boolean }) {
  const { t } = useTranslation('labs');
  return (
    <section className={classNames(styles.bar, narrow && styles.narrow)} aria-label={t('bar.label')}>
      <Controls />
      <Track />
      {!narrow && <Readout />}
    </section>
  );
}

function Controls() {
  const { t } = useTranslation('labs');
  const { playing, speed, first, atStart, atEnd } = useLab(
    useShallow(({ playing, speed, cursor, branch, ready }) => ({
      playing,
      speed,
      first: firstStep({ cursor, ready }),
      atStart: cursor === 0,
      atEnd: cursor === branch.records.length && branch.end !== 'limit',
    })),
  );
  const icon = { size: 14, strokeWidth: 1.5 } as const;
  return (
    <div className={styles.controls}>
      <IconButton
        variant="default"
        label={t('bar.first')}
        shortcut="Home"
        icon={<SkipBack {...icon} />}
        disabled={atStart}
        onClick={() => lab.seek(first)}
      />
      <IconButton
        variant="default"
        label={t('bar.back')}
        shortcut="←"
        icon={<StepBack {...icon} />}
        disabled={atStart}
        onClick={() => lab.step(-1)}
      />
      <IconButton
        variant="default"
        label={t(playing ? 'bar.pause' : 'bar.play')}
        shortcut={t('bar.space')}
        icon={playing ? <Pause size={14} fill="currentColor" /> : <Play size={14} fill="currentColor" />}
        onClick={() => (playing ? lab.pause() : lab.play())}
      />
      <IconButton
        variant="default"
        label={t('bar.forward')}
        shortcut="→"
        icon={<StepForward {...icon} />}
        disabled={atEnd}
        onClick={() => lab.step(1)}
      />
      <IconButton
        variant="default"
        label={t('bar.last')}
        shortcut="End"
        icon={<SkipForward {...icon} />}
        disabled={atEnd}
        onClick={() => lab.seek(Number.POSITIVE_INFINITY)}
      />
      <div className={styles.speed}>
        <Select
          hideLabel
          label={t('bar.speed')}
          value={String(speed)}
          options={SPEEDS.map((steps) => ({
            value: String(steps),
            label: t('bar.speedOf', { speed: formatSpeed(steps) }),
          }))}
          onChange={(steps) => lab.setSpeed(Number(steps))}
        />
      </div>
    </div>
  );
}

function Readout() {
  const { t } = useTranslation('labs');
  const { cursor, isAsked, end, isLast, busy } = useLab(
    useShallow((state) => ({
      cursor: state.cursor,
      isAsked: askAt(state, state.cursor) !== null,
      // A free play that has set its nodes up is not over: it is the player's turn.
      end: state.info.kind === 'free' && state.branch.end === 'over' ? ('yours' as const) : state.branch.end,
      isLast: state.cursor === state.branch.records.length,
      busy: state.busy,
    })),
  );
  const next = busy ? 'busy' : isAsked ? 'asked' : !isLast ? 'steps' : end;
  const { steps, ready } = useLab(useShallow((state) => ({ steps: state.branch.records.length, ready: state.ready })));
  return (
    <div className={styles.readout}>
      <div>
        <div className={styles.time}>{t('narration.step', { n: cursor })}</div>
        <div className={styles.next}>{t(`bar.next.${next}`, { count: steps - cursor })}</div>
      </div>
      {isLast && end === 'limit' ? (
        <Button disabled={busy} onClick={() => void lab.extend()}>
          {t('bar.extend')}
        </Button>
      ) : (
        <Button disabled={cursor <= ready} onClick={() => lab.seek(ready)}>
          {t('bar.restart', { n: ready })}
        </Button>
      )}
    </div>
  );
}
