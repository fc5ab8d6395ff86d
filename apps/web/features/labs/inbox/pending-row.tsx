import type { FlightPicture, Possibility } from '@vivarium/labs/history';
import type { Action, MessageId } from '@vivarium/simulation/stepped/journal';
import { ChevronRight, Ellipsis } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../../components/button.tsx';
import { formatDuration } from '../../../components/format.ts';
import { type MenuEntry, MenuFrame, MenuRows } from '../../../components/menu.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { sameAction } from '../branch.ts';
import { onDeed } from '../keep-focus.ts';
import { lab, useLab } from '../lab-store.ts';
import { useActionText, useBreaksText } from '../stage/use-action-text.ts';
import { useSay } from '../use-say.ts';
import styles from './inbox.module.css';
import { MessageDetail } from './message-detail.tsx';
import type { Pending } from './pending.ts';

/** Beside a message; all else is in its menu. */
const BUTTONS = ['deliver', 'drop'] as const;

/** The number under which the list names an assumption; 0 for one that it does not name. */
export type BreakNumber = (breaks: string | null) => number;

/** One line of what may happen next, with what can be done about it. */
export function PendingRow(props: { readonly pending: Pending; readonly numberOf: BreakNumber }) {
  const { pending, numberOf } = props;
  if (pending.kind === 'message') {
    return <MessageRow flight={pending.flight} isNext={pending.isNext} numberOf={numberOf} />;
  }
  if (pending.kind === 'timer') return <TimerRow pending={pending} numberOf={numberOf} />;
  return <WriteRow pending={pending} />;
}

/** The sign on a button that breaks an assumption: the list says which below its title. */
export function BreakMark({ number }: { readonly number: number }) {
  return <span className={styles.mark}>{number > 1 ? `!${number}` : '!'}</span>;
}

function MessageRow(props: {
  readonly flight: FlightPicture;
  readonly isNext: boolean;
  readonly numberOf: BreakNumber;
}) {
  const { flight, isNext, numberOf } = props;
  const { t } = useTranslation('labsStage');
  const possibilities = useLab((state) => state.possibilities);
  const isAsking = useLab((state) => state.isAsking);
  const isSelected = useLab(({ selected }) => selected?.kind === 'message' && selected.id === flight.id);
  const cursor = useLab((state) => state.cursor);
  const breaksOf = useBreaksText();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isSelected) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isSelected]);
  const own = possibilities.filter(({ action }) => isAbout(action, flight.id));
  const buttons = BUTTONS.map((what) => ({
    what,
    action: { do: what, message: flight.id } as const,
    possibility: own.find(({ action }) => action.do === what),
  }));
  const others = own.filter(({ action }) => !BUTTONS.some((what) => what === action.do));
  const name = t('inbox.messageName', { label: flight.label, from: flight.from, to: flight.to });
  return (
    <li ref={row} className={styles.row} data-next={isNext || undefined} data-selected={isSelected || undefined}>
      <button
        type="button"
        className={styles.head}
        aria-expanded={isSelected}
        onClick={() => lab.select(isSelected ? null : { kind: 'message', id: flight.id })}
      >
        <ChevronRight className={styles.chevron} size={12} aria-hidden />
        <span className={styles.what}>
          <code className={styles.label} data-tampered={flight.tampered || undefined}>
            {flight.label}
          </code>
          <span className={styles.way}>{`${flight.from} → ${flight.to}`}</span>
          {flight.held && <span className={styles.held}>{t('inbox.held')}</span>}
          {isNext && <span className={styles.age}>{t('inbox.underWay', { count: cursor - flight.sentN })}</span>}
        </span>
      </button>
      <div className={styles.deeds}>
        {buttons.map(({ what, action, possibility }) => (
          <Button
            key={what}
            variant={isNext && what === 'deliver' ? 'primary' : 'default'}
            className={styles.small}
            disabled={possibility === undefined && !isAsking}
            aria-label={[`${t(`action.${what}`)}: ${name}`, breaksOf(possibility?.breaks ?? null)]
              .filter((said) => said !== null)
              .join('. ')}
            onClick={onDeed(() => lab.act(action))}
          >
            {possibility !== undefined && possibility.breaks !== null && (
              <BreakMark number={numberOf(possibility.breaks)} />
            )}
            {t(`action.${what}`)}
          </Button>
        ))}
        <MenuFrame
          align="end"
          label={t('inbox.more', { message: name })}
          trigger={
            <IconButton
              className={styles.more}
              label={t('inbox.more', { message: name })}
              disabled={others.length === 0 && !isAsking}
              icon={<Ellipsis size={14} strokeWidth={1.5} />}
            />
          }
        >
          <OtherDeeds possibilities={others} />
        </MenuFrame>
      </div>
      {isSelected && <MessageDetail flight={flight} />}
    </li>
  );
}

/** What can be done with a message besides what has a button. */
function OtherDeeds({ possibilities }: { readonly possibilities: readonly Possibility[] }) {
  const { t } = useTranslation('labsStage');
  const textOf = useActionText();
  const breaksOf = useBreaksText();
  const item = (possibility: Possibility): MenuEntry => {
    const note = breaksOf(possibility.breaks);
    return {
      kind: 'item',
      key: JSON.stringify(possibility.action),
      label: textOf(possibility),
      ...(note !== null && { note }),
      onSelect: () => void lab.act(possibility.action),
    };
  };
  const tampers = possibilities.filter(({ action }) => action.do === 'tamper');
  const plain = possibilities.filter(({ action }) => action.do !== 'tamper');
  const entries: MenuEntry[] = plain.map(item);
  if (tampers.length > 0) {
    entries.push(
      { kind: 'separator', key: 'separator' },
      { kind: 'label', key: 'tamper', label: t('tamperInto') },
      ...tampers.map(item),
    );
  }
  return <MenuRows entries={entries} />;
}

function TimerRow(props: { readonly pending: Pending & { readonly kind: 'timer' }; readonly numberOf: BreakNumber }) {
  const { pending, numberOf } = props;
  const { t } = useTranslation('labsStage');
  const language = useLanguage();
  const say = useSay();
  const { node, timer, dueMs, isNext } = pending;
  const text = useLab(({ protocol }) => protocol.timers[timer]);
  const atMs = useLab(({ branch, cursor }) => branch.pictureAt(cursor).atMs);
  const possibilities = useLab((state) => state.possibilities);
  const isAsking = useLab((state) => state.isAsking);
  const breaksOf = useBreaksText();
  const action: Action = { do: 'fire', node, timer };
  const possibility = possibilities.find((one) => sameAction(one.action, action));
  const name = text === undefined ? timer : say(text);
  const breaks = breaksOf(possibility?.breaks ?? null);
  return (
    <li className={styles.row} data-next={isNext || undefined}>
      <p className={styles.head}>
        <span>{name}</span>
        <span className={styles.way}>{node}</span>
        <span className={styles.age}>
          {t('inbox.dueIn', { time: formatDuration(Math.max(0, dueMs - atMs), language) })}
        </span>
      </p>
      <div className={styles.deeds}>
        <Button
          className={styles.small}
          variant={isNext ? 'primary' : 'default'}
          disabled={possibility === undefined && !isAsking}
          aria-label={[t('inbox.fireName', { timer: name, node }), breaks].filter((said) => said !== null).join('. ')}
          onClick={onDeed(() => lab.act(action))}
        >
          {possibility !== undefined && possibility.breaks !== null && (
            <BreakMark number={numberOf(possibility.breaks)} />
          )}
          {t('inbox.fire')}
        </Button>
      </div>
    </li>
  );
}

function WriteRow({ pending }: { readonly pending: Pending & { readonly kind: 'write' } }) {
  const { t } = useTranslation('labsStage');
  const { node, what, isNext } = pending;
  return (
    <li className={styles.row} data-next={isNext || undefined}>
      <p className={styles.head}>
        <span>{t('inbox.write', { what })}</span>
        <span className={styles.way}>{node}</span>
      </p>
      {isNext && (
        <div className={styles.deeds}>
          <Button className={styles.small} variant="primary" onClick={onDeed(() => lab.step(1))}>
            {t('inbox.letWrite')}
          </Button>
        </div>
      )}
    </li>
  );
}

function isAbout(action: Action, message: MessageId): boolean {
  return 'message' in action && action.message === message;
}
