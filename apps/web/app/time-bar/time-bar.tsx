import { CircleDot, Pause, Play, Rabbit, SkipBack, SkipForward, Snail } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonVariant, IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Select } from '../../components/field.tsx';
import { formatInstant, formatSpeed, formatTimeOfDay } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { controls, usePlayer } from '../../live/use-player.ts';
import { MarkTable } from './mark-table.tsx';
import styles from './time-bar.module.css';
import { Track } from './track.tsx';
import { useDistance } from './use-distance.ts';

/** About equal steps for the eye: each is twice to two and a half times the last. */
const SPEEDS: readonly number[] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Under every page: which instant is shown, and how to get to another one. */
export function TimeBar() {
  const { t } = useTranslation('frame');
  const isLive = usePlayer((view) => view.mode === 'live');
  const isReplay = useIsReplay();
  const hasLive = useHasLive();
  return (
    <section className={styles.bar} aria-label={t('timeBar.label')}>
      <div className={styles.controls}>
        <StepButton direction={-1} />
        <PlayButton />
        <StepButton direction={1} />
        <LiveButton />
        <AutoReplayButton />
        <SpeedSelect />
      </div>
      <Track />
      <div className={classNames(styles.readout, isReplay && styles.replaying)}>
        <div className={styles.instant}>
          <Instant className={styles.time} />
          {isReplay ? <ReplayNotice /> : <Distance />}
        </div>
        <Button className={styles.goLive} disabled={isLive} onClick={() => controls.goLive()}>
          {isReplay ? t('timeBar.skip') : t(hasLive ? 'timeBar.goLive' : 'timeBar.goEnd')}
        </Button>
      </div>
      <MarkTable />
    </section>
  );
}

/** The time bar of a phone: the time around the head; the rest opens on a tap on the time. */
export function NarrowTimeBar() {
  const { t } = useTranslation('frame');
  const [open, setOpen] = useState(false);
  const hintId = useId();
  const isReplay = useIsReplay();
  return (
    <section className={styles.narrow} aria-label={t('timeBar.label')}>
      {isReplay && (
        <div className={classNames(styles.narrowReplay, styles.replaying)}>
          <ReplayNotice />
          <Button variant="quiet" onClick={() => controls.goLive()}>
            {t('timeBar.skip')}
          </Button>
        </div>
      )}
      {open && (
        <>
          <div className={styles.narrowControls}>
            <StepButton direction={-1} />
            <StepButton direction={1} />
            <AutoReplayButton />
            <SpeedSelect />
          </div>
          <div className={styles.overview}>
            <Track />
          </div>
        </>
      )}
      <div className={styles.narrowRow}>
        <PlayButton variant="quiet" />
        <div className={styles.narrowMiddle}>
          <button
            type="button"
            className={styles.narrowText}
            aria-expanded={open}
            aria-describedby={hintId}
            onClick={() => setOpen(!open)}
          >
            <Instant className={styles.narrowTime} />
            <Distance withSpeed />
          </button>
          <span className="visually-hidden" id={hintId}>
            {t(open ? 'timeBar.less' : 'timeBar.more')}
          </span>
          {!open && (
            <div className={styles.narrowTrack}>
              <Track detailOnly />
            </div>
          )}
        </div>
        <LiveButton variant="quiet" />
      </div>
      <MarkTable />
    </section>
  );
}

function useIsReplay(): boolean {
  return usePlayer((view) => view.replay !== null);
}

function useHasLive(): boolean {
  return usePlayer((view) => view.info?.capabilities.live ?? true);
}

function StepButton({ direction }: { readonly direction: 1 | -1 }) {
  const { t } = useTranslation('frame');
  const Icon = direction === 1 ? SkipForward : SkipBack;
  return (
    <IconButton
      variant="default"
      label={t(direction === 1 ? 'timeBar.next' : 'timeBar.previous')}
      icon={<Icon size={14} strokeWidth={1.5} />}
      onClick={() => controls.step(direction)}
    />
  );
}

function PlayButton({ variant = 'default' }: { readonly variant?: ButtonVariant }) {
  const { t } = useTranslation('frame');
  const paused = usePlayer((view) => view.mode === 'paused');
  return (
    <IconButton
      variant={variant}
      label={t(paused ? 'timeBar.play' : 'timeBar.pause')}
      icon={paused ? <Play size={14} fill="currentColor" /> : <Pause size={14} fill="currentColor" />}
      onClick={() => (paused ? controls.play() : controls.pause())}
    />
  );
}

function LiveButton({ variant = 'default' }: { readonly variant?: ButtonVariant }) {
  const { t } = useTranslation('frame');
  const isLive = usePlayer((view) => view.mode === 'live');
  const hasLive = useHasLive();
  return (
    <IconButton
      variant={variant}
      label={t(hasLive ? 'timeBar.goLive' : 'timeBar.goEnd')}
      icon={<CircleDot size={15} strokeWidth={1.5} />}
      aria-pressed={isLive}
      onClick={() => controls.goLive()}
    />
  );
}

function AutoReplayButton() {
  const { t } = useTranslation('frame');
  const on = usePlayer((view) => view.autoReplay);
  return (
    <IconButton
      variant="default"
      label={t(on ? 'timeBar.autoReplayOn' : 'timeBar.autoReplayOff')}
      icon={on ? <Snail size={15} strokeWidth={1.5} /> : <Rabbit size={15} strokeWidth={1.5} />}
      aria-pressed={on}
      onClick={() => controls.setAutoReplay(!on)}
    />
  );
}

function SpeedSelect() {
  const { t } = useTranslation('frame');
  const speed = usePlayer((view) => view.speed);
  // An automatic replay chooses a speed of its own.
  const offered = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((a, b) => a - b);
  return (
    <div className={styles.speed}>
      <Select
        hideLabel
        label={t('timeBar.speed')}
        value={String(speed)}
        options={offered.map((factor) => ({
          value: String(factor),
          label: t('timeBar.speedOf', { speed: formatSpeed(factor) }),
        }))}
        onChange={(factor) => controls.setSpeed(Number(factor))}
      />
    </div>
  );
}

function Instant({ className }: { readonly className: string | undefined }) {
  const language = useLanguage();
  const { isKnown, wallMs, digits } = usePlayer((view) => ({
    isKnown: view.info !== null,
    // Live, the seconds alone can be read.
    wallMs: view.mode === 'live' ? Math.floor(view.headWallMs / 1000) * 1000 : view.headWallMs,
    digits:
      view.mode === 'live' ? (0 as const) : view.mode === 'paused' || view.speed < 0.05 ? (4 as const) : (3 as const),
  }));
  if (!isKnown) return <span className={className}>–</span>;
  return (
    <time className={className} title={formatInstant(wallMs, language)}>
      {formatTimeOfDay(wallMs, digits)}
    </time>
  );
}

function Distance({ withSpeed = false }: { readonly withSpeed?: boolean }) {
  const { t } = useTranslation('frame');
  const distance = useDistance();
  const recording = usePlayer((view) => view.info?.recording ?? false);
  const speed = usePlayer((view) => view.speed);
  return (
    <span className={styles.distance}>
      {recording && (
        <span className={styles.record} title={t('timeBar.recording')} role="img" aria-label={t('timeBar.recording')} />
      )}
      {withSpeed ? `${distance}${t('common.comma')}${formatSpeed(speed)}` : distance}
    </span>
  );
}

/** An election is replayed by itself: the page says so, since nobody asked for it just now. */
function ReplayNotice() {
  const { t } = useTranslation('frame');
  const election = usePlayer((view) => view.replay?.election ?? 0);
  const speed = usePlayer((view) => view.speed);
  return (
    <span className={styles.distance} role="status">
      <Snail className={styles.snail} size={14} strokeWidth={1.5} aria-hidden />
      {t('timeBar.replaying', { election, speed: formatSpeed(speed) })}
    </span>
  );
}
