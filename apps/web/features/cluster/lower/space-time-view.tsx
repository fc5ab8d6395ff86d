/** The space–time diagram of the cluster at the time bar's instant, with its window, its table and its buttons. */

import type { HexString } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import { ChevronLeft, ChevronRight, LocateFixed, Table2, Waypoints, ZoomIn, ZoomOut } from 'lucide-react';
import { useRef, useState } from 'react';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { useGo, useLocation } from '../../../app/location.ts';
import { IconButton } from '../../../components/button.tsx';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { formatDuration, formatTimeOfDay } from '../../../components/format.ts';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import type { Message } from '../../../live/messages.ts';
import { controls, history } from '../../../live/use-player.ts';
import { SpaceTime } from '../../../viz/space-time.tsx';
import type { Mark } from '../../../viz/space-time-layout.ts';
import { SpaceTimeLegend } from '../../../viz/space-time-legend.tsx';
import { clampWindow, type TimeWindow, windowAround, windowMsFor, zoomWindow } from '../../../viz/space-time-scale.ts';
import { electionUnderWay } from '../inspector/election-facts.ts';
import { voteOrNone, zxidOrNone } from '../inspector/format.ts';
import { membershipOf } from '../inspector/membership.ts';
import { useText } from '../inspector/text.ts';
import { formatSelection, parseSelection } from '../selection.ts';
import { describeMark } from './describe-mark.ts';
import styles from './lower.module.css';
import { useCalmView } from './use-calm-view.ts';

/** So many messages and events of a window are drawn at most. */
const MAX_MESSAGES = 3_000;
const MAX_EVENTS = 4_000;
const MAX_TABLE_ROWS = 200;
/** From so many messages on it is drawn less often. */
const CROWDED_FROM = 600;
const ZOOM_STEP = 1.6;
const MIN_FITTED_MS = 2;

/** What was asked for instead of the window around the head: another width, or a place of its own. */
type Chosen =
  | { readonly kind: 'width'; readonly widthMs: number }
  | { readonly kind: 'place'; readonly window: TimeWindow };

/** `full` where it is the page's drawing, not a panel below it. */
export function SpaceTimeView({ full = false }: { readonly full?: boolean }) {
  const t = useText();
  const health = useHealthText();
  const language = useLanguage();
  const go = useGo();
  const { select } = useLocation();
  const isCrowded = useRef(false);
  const { state, headMs, headWallMs, speed, mode, info } = useCalmView(isCrowded);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [asTable, setAsTable] = useState(false);
  if (info === null) return <Skeleton lines={4} />;
  if (info.provenance.messages === 'missing') {
    return (
      <EmptyState title={t('missing.messages')}>
        {info.attached !== null ? health('missing.messages') : undefined}
      </EmptyState>
    );
  }

  const live = mode === 'live';
  const widthMs = chosen?.kind === 'width' ? chosen.widthMs : windowMsFor(live ? 1 : speed);
  const selection = parseSelection(select);
  const selected: HexString | null = selection?.kind === 'proposal' ? selection.zxid : null;
  const fitted = mode === 'paused' && chosen === null ? fittedWindow(state, headMs, selected) : null;
  const window = chosen?.kind === 'place' ? chosen.window : (fitted ?? windowAround(headMs, widthMs, live));
  const spanMs = window.toMs - window.fromMs;
  const toMs = Math.min(window.toMs, headMs);
  const messages = history.messagesBetween(window.fromMs, toMs, MAX_MESSAGES);
  isCrowded.current = messages.length > CROWDED_FROM;
  const servers = Object.values(state.servers);
  const wallOffsetMs = headWallMs - headMs;
  const clock = (atMs: number) => formatTimeOfDay(atMs + wallOffsetMs, 4);
  const label = t('spaceTime.label', { from: clock(window.fromMs), to: clock(window.toMs) });

  const changeWindow = (next: TimeWindow | null) => {
    if (next === null) {
      setChosen(null);
      return;
    }
    const nextMs = next.toMs - next.fromMs;
    const isZoom = Math.abs(nextMs / spanMs - 1) > 1e-6;
    // What follows the head goes on following it through a zoom: only a pan holds the window.
    if (mode !== 'paused' && isZoom && chosen?.kind !== 'place') setChosen({ kind: 'width', widthMs: nextMs });
    else setChosen({ kind: 'place', window: next });
  };
  const onSelect = (mark: Mark) => {
    if (mark.zxid !== null) go({ select: formatSelection({ kind: 'proposal', zxid: mark.zxid }) });
    else if (mark.kind === 'message') {
      go({ select: formatSelection({ kind: 'link', from: mark.message.from, to: mark.message.to }) });
    } else if (mark.kind === 'state') go({ select: formatSelection({ kind: 'server', sid: mark.sid }) });
  };
  const pan = (share: number) => {
    const by = spanMs * share;
    changeWindow({ fromMs: window.fromMs + by, toMs: window.toMs + by });
  };
  const iconSize = { size: 15, strokeWidth: 1.5 };

  return (
    <div className={styles.spaceTime}>
      <div className={styles.tools}>
        <span className={styles.quiet}>{t('spaceTime.window', { duration: formatDuration(spanMs, language) })}</span>
        {messages.length >= MAX_MESSAGES && (
          <span className={styles.quiet}>{t('spaceTime.truncated', { count: MAX_MESSAGES })}</span>
        )}
        <span className={styles.push} />
        <IconButton label={t('spaceTime.earlier')} icon={<ChevronLeft {...iconSize} />} onClick={() => pan(-0.5)} />
        <IconButton label={t('spaceTime.later')} icon={<ChevronRight {...iconSize} />} onClick={() => pan(0.5)} />
        <IconButton
          label={t('spaceTime.zoomIn')}
          shortcut="+"
          icon={<ZoomIn {...iconSize} />}
          onClick={() => changeWindow(zoomWindow(window, 1 / ZOOM_STEP, headMs))}
        />
        <IconButton
          label={t('spaceTime.zoomOut')}
          shortcut="−"
          icon={<ZoomOut {...iconSize} />}
          onClick={() => changeWindow(zoomWindow(window, ZOOM_STEP, headMs))}
        />
        <IconButton
          label={t('spaceTime.reset')}
          shortcut="0"
          icon={<LocateFixed {...iconSize} />}
          disabled={chosen === null}
          onClick={() => changeWindow(null)}
        />
        <IconButton
          label={t(asTable ? 'spaceTime.drawing' : 'spaceTime.table')}
          icon={asTable ? <Waypoints {...iconSize} /> : <Table2 {...iconSize} />}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? (
        <MessageTable label={label} messages={messages} clock={clock} />
      ) : (
        <SpaceTime
          {...window}
          servers={servers}
          messages={messages}
          events={history.eventsBetween(window.fromMs - spanMs * 0.05, toMs, MAX_EVENTS)}
          headMs={headMs}
          selected={selected}
          wallOffsetMs={wallOffsetMs}
          voters={membershipOf(state).voters.length}
          describe={(mark) => describeMark(t, language, mark, headMs)}
          onSelect={onSelect}
          onWindow={changeWindow}
          onSeek={controls.seek}
          label={label}
        />
      )}
      {full && !asTable && (
        <div className={styles.legend}>
          <SpaceTimeLegend />
        </div>
      )}
    </div>
  );
}

/** Paused, the window shows the whole of what is looked at: the selected transaction, or the election that is open. */
function fittedWindow(state: ClusterState, headMs: number, selected: HexString | null): TimeWindow | null {
  const proposal = state.proposals.findLast(({ zxid }) => zxid === selected);
  if (proposal !== undefined) {
    const { requestedAtMs, proposedAtMs, loggedAtMs, committedAtMs, appliedAtMs, repliedAtMs } = proposal;
    const fromMs = requestedAtMs ?? proposedAtMs;
    const times = [loggedAtMs, committedAtMs, appliedAtMs].flatMap((atMs) => Object.values(atMs));
    return windowOf(
      fromMs,
      Object.keys(committedAtMs).length === 0 ? headMs : Math.max(...times, repliedAtMs ?? fromMs),
    );
  }
  const election = electionUnderWay(state);
  return election === null ? null : windowOf(election.startedAtMs, headMs);
}

/** The stretch with some room at both ends. */
function windowOf(fromMs: number, toMs: number): TimeWindow {
  const width = clampWindow(Math.max(toMs - fromMs, MIN_FITTED_MS));
  return { fromMs: fromMs - width * 0.12, toMs: fromMs + width * 1.12 };
}

function MessageTable(props: {
  readonly label: string;
  readonly messages: readonly Message[];
  readonly clock: (atMs: number) => string;
}) {
  const { label, messages, clock } = props;
  const t = useText();
  const language = useLanguage();
  const columns: readonly Column<Message>[] = [
    { key: 'sent', head: t('spaceTime.column.sent'), cell: ({ sentAtMs }) => clock(sentAtMs) },
    { key: 'from', head: t('spaceTime.column.from'), cell: ({ from }) => from },
    { key: 'to', head: t('spaceTime.column.to'), cell: ({ to }) => to },
    { key: 'packet', head: t('spaceTime.column.packet'), cell: ({ packet }) => packet },
    {
      key: 'what',
      head: t('spaceTime.column.what'),
      cell: ({ vote, zxid }) => <span className="mono">{vote === null ? zxidOrNone(zxid) : voteOrNone(vote)}</span>,
    },
    {
      key: 'took',
      head: t('spaceTime.column.took'),
      align: 'end',
      cell: ({ sentAtMs, receivedAtMs, lostAtMs }) =>
        receivedAtMs !== null
          ? formatDuration(receivedAtMs - sentAtMs, language)
          : lostAtMs !== null
            ? t('spaceTime.legend.lost')
            : '…',
    },
  ];
  if (messages.length === 0) return <EmptyState title={t('spaceTime.empty')} />;
  return (
    <div className={styles.scroller}>
      <DataTable
        label={label}
        columns={columns}
        rows={messages.slice(-MAX_TABLE_ROWS).reverse()}
        rowKey={({ n }) => String(n)}
        sticky
      />
    </div>
  );
}
