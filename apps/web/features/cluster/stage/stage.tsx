import type { HexString } from '@vivarium/shared/cluster-event';
import type { ClusterState, ElectionView, ServerView } from '@vivarium/shared/cluster-state';
import { useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo, useLocation } from '../../../app/location.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { history, usePlayer } from '../../../live/use-player.ts';
import { logColumns } from '../../../viz/log-columns.ts';
import { type Role, roleOf } from '../../../viz/roles.ts';
import { actOnServer } from '../actions.ts';
import { formatSelection, parseSelection, type Selection, sameSelection } from '../selection.ts';
import {
  candidatesOf,
  isOut,
  MAX_CANDIDATES,
  type ShownElection,
  shownElection,
  tallyHeight,
} from './election-view.ts';
import { pointOn } from './geometry.ts';
import { LinkDrawing, type LinkElements, lostBox, lostByLink, waitingOn } from './link-layer.tsx';
import { type LinkFilter, type LinkLine, linkLines } from './link-lines.ts';
import { LinkToolbar } from './link-toolbar.tsx';
import { MarkCard } from './mark-card.tsx';
import { MessageLayer } from './message-layer.tsx';
import { type Box, middlePlace, type RingLayout } from './ring-layout.ts';
import { ServerCard } from './server-card.tsx';
import styles from './stage.module.css';
import { type StageGeometry, stageGeometry } from './stage-geometry.ts';
import { Tally } from './tally.tsx';
import { VoteLayer } from './vote-layer.tsx';

/** Columns of the logs; as many as a card has room for. */
const COLUMNS = 10;
/** So long a learner's synchronisation is news. */
const SYNC_NEWS_MS = 8_000;
const PLATE_WIDTH = 264;
/** With more lines than this each is fainter. */
const DENSE = 24;
/** From a link to its toolbar, on the side where its notes are not. */
const TOOLBAR_AWAY_PX = 44;

/** The drawing of the ensemble: cards on their places, links with queues and messages, votes with their tally. */
export function Stage({
  layout,
  filter,
  withTally = true,
}: {
  readonly layout: RingLayout;
  readonly filter: LinkFilter;
  /** The tally floats in the middle of the ring. */
  readonly withTally?: boolean;
}) {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { cluster, select } = useLocation();
  const go = useGo();
  const { state, headMs, speed, isLive, canRevive } = usePlayer((view) => ({
    state: view.state,
    headMs: view.headMs,
    speed: view.mode === 'live' ? 1 : view.speed,
    isLive: view.mode === 'live',
    canRevive: view.mode === 'live' && view.info?.capabilities.processes === true,
  }));
  const selection = parseSelection(select);
  const selectedZxid = selection?.kind === 'proposal' ? selection.zxid : null;
  const selectedLink = selection?.kind === 'link' ? `${selection.from}>${selection.to}` : null;

  const servers = Object.values(state.servers);
  const lines = linkLines(state, filter, selectedLink);
  // Lines are new at each render; the geometry is only when there are others.
  const shape = lines.map(({ key, use }) => `${key} ${use}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for `lines`
  const geometry = useMemo(() => stageGeometry(layout, lines), [layout, shape]);
  const columns = useColumns(servers);
  const shown = shownElection(state, headMs, speed);
  const lost = useLost(state, shown?.election ?? null);
  const role = (sid: number): Role => {
    const server = state.servers[sid];
    return server === undefined ? 'unknown' : roleOf(server);
  };

  const chooseNow = (next: Selection) => {
    const isSame = sameSelection(parseSelection(select), next);
    go({ select: isSame ? null : formatSelection(next) });
  };
  const choose = useStable(chooseNow);
  const chooseServer = useCallback((sid: number) => choose({ kind: 'server', sid }), [choose]);
  const chooseLink = useCallback((from: number, to: number) => choose({ kind: 'link', from, to }), [choose]);
  const chooseEntry = useCallback((zxid: HexString) => choose({ kind: 'proposal', zxid }), [choose]);
  const revive = useCallback(
    (server: ServerView) => {
      const action = server.process?.state === 'paused' ? 'resume' : 'start';
      void actOnServer(cluster, server.sid, action, language);
    },
    [cluster, language],
  );

  const elements = useRef(new Map<string, LinkElements>());
  const register = useCallback((key: string, link: LinkElements | null) => {
    if (link === null) elements.current.delete(key);
    else elements.current.set(key, link);
  }, []);

  const plate = usePlate(shown, layout, withTally, state, useLostBoxes(lines, geometry, lost, role));
  const obstacles = useMemo(() => (plate === null ? [] : [plate]), [plate]);
  const selectedLine = lines.find(({ key }) => key === selectedLink);
  const selectedLane = selectedLink === null ? undefined : geometry.lanes.get(selectedLink);

  return (
    <div className={styles.stage} style={{ width: layout.width, height: layout.height }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no element that groups */}
      <svg
        className={styles.drawing}
        data-dense={lines.length > DENSE || undefined}
        width={layout.width}
        height={layout.height}
        role="group"
        aria-label={t('stage.links')}
      >
        {lines.map((line) => {
          const lane = geometry.lanes.get(line.key);
          if (lane === undefined) return null;
          const deadEnd = line.use !== 'broken' ? null : role(line.from) === 'down' ? 'from' : 'to';
          return (
            <LinkDrawing
              key={line.key}
              line={line}
              lane={lane}
              senderRole={role(line.from)}
              deadEnd={deadEnd}
              lost={lost.get(line.key) ?? NONE}
              waiting={waitingOn(line, headMs, isLive)}
              isSelected={line.key === selectedLink}
              isSmall={layout.variant === 'mark'}
              register={register}
              onSelect={chooseLink}
            />
          );
        })}
        {shown !== null && (
          <VoteLayer
            election={shown.election}
            layout={layout}
            obstacles={obstacles}
            isFading={shown.isFading || shown.election.phase !== 'ELECTION'}
          />
        )}
        <MessageLayer geometry={geometry} links={elements.current} selected={selectedZxid} />
      </svg>
      {servers.map((server) => {
        const box = layout.cards.get(server.sid);
        if (box === undefined) return null;
        const isSelected = selection?.kind === 'server' && selection.sid === server.sid;
        return (
          <div key={server.sid} className={styles.place} style={placeStyle(box)}>
            {layout.variant === 'mark' ? (
              <MarkCard server={server} isSelected={isSelected} onSelect={chooseServer} />
            ) : (
              <ServerCard
                server={server}
                variant={layout.variant}
                columns={columns}
                selectedZxid={selectedZxid}
                isSelected={isSelected}
                isSyncNews={isSyncNews(server, headMs)}
                onSelect={chooseServer}
                onSelectEntry={chooseEntry}
                onRevive={canRevive ? revive : null}
              />
            )}
          </div>
        );
      })}
      {plate !== null && shown !== null && (
        <div className={styles.plate} style={placeStyle(plate)}>
          <Tally
            election={shown.election}
            state={state}
            variant="plate"
            max={plate.candidates}
            isFading={shown.isFading}
          />
        </div>
      )}
      {selectedLane !== undefined && selection?.kind === 'link' && isLive && (
        <div
          className={styles.toolbarPlace}
          style={toolbarStyle(pointOn(selectedLane, selectedLane.length / 2, -TOOLBAR_AWAY_PX), layout)}
        >
          <LinkToolbar from={selection.from} to={selection.to} link={selectedLine?.link ?? null} />
        </div>
      )}
    </div>
  );
}

const NONE: never[] = [];

function isSyncNews(server: ServerView, headMs: number): boolean {
  return server.sync !== null && server.leader !== null && headMs - server.sync.atMs < SYNC_NEWS_MS;
}

/** A function that stays the same object while what it does is renewed at each render. */
function useStable<Args extends unknown[]>(latest: (...args: Args) => void): (...args: Args) => void {
  const held = useRef(latest);
  held.current = latest;
  return useCallback((...args) => held.current(...args), []);
}

/** The columns of all logs; the same object as long as they are the same zxids. */
function useColumns(servers: readonly ServerView[]): readonly HexString[] {
  const columns = logColumns(
    servers.map((server) => server.log),
    COLUMNS,
  );
  const key = columns.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `columns`
  return useMemo(() => columns, [key]);
}

/** What was lost with the server whose end began the election, by link. */
function useLost(state: ClusterState, election: ElectionView | null): ReturnType<typeof lostByLink> {
  const sid = election?.cause.sid ?? null;
  const server = sid === null ? undefined : state.servers[sid];
  const endedAtMs = server !== undefined && roleOf(server) === 'down' ? (server.process?.sinceMs ?? null) : null;
  return useMemo(() => {
    if (endedAtMs === null) return new Map();
    return lostByLink(history.messagesBetween(endedAtMs - 2_000, endedAtMs, 400), endedAtMs);
  }, [endedAtMs]);
}

/** The room that lost messages take; the same object while that is the same. */
function useLostBoxes(
  lines: readonly LinkLine[],
  geometry: StageGeometry,
  lost: ReturnType<typeof lostByLink>,
  role: (sid: number) => Role,
): readonly Box[] {
  const boxes = lines.flatMap(({ key, from, use }) => {
    const [lane, messages] = [geometry.lanes.get(key), lost.get(key)];
    if (use !== 'broken' || lane === undefined || messages === undefined) return [];
    return [lostBox(lane, role(from) === 'down' ? 'from' : 'to', messages)];
  });
  const shape = boxes.map(({ x, y, width }) => `${x} ${y} ${width}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for `boxes`
  return useMemo(() => boxes, [shape]);
}

/** Where the tally stands; null where there is none or no room for it. */
function usePlate(
  shown: ShownElection | null,
  layout: RingLayout,
  withTally: boolean,
  state: ClusterState,
  lost: readonly Box[],
): (Box & { readonly candidates: number }) | null {
  const candidates = shown === null ? 0 : candidatesOf(shown.election, (sid) => !isOut(state, sid)).length;
  const isWanted = withTally && shown !== null && layout.variant !== 'mark';
  return useMemo(() => {
    if (!isWanted) return null;
    for (let count = Math.min(candidates, MAX_CANDIDATES); count > 0; count--) {
      const height = tallyHeight(count, candidates);
      const place =
        middlePlace(layout, PLATE_WIDTH, height, lost) ??
        (count === 1 ? middlePlace(layout, PLATE_WIDTH, height) : null);
      if (place !== null) return { ...place, width: PLATE_WIDTH, height, candidates: count };
    }
    return null;
  }, [isWanted, candidates, layout, lost]);
}

function placeStyle(box: Box) {
  return { transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height };
}

function toolbarStyle(at: { readonly x: number; readonly y: number }, layout: RingLayout) {
  const x = Math.min(Math.max(at.x, 140), Math.max(140, layout.width - 140));
  const y = Math.min(Math.max(at.y - 16, 8), layout.height - 40);
  return { transform: `translate(${x}px, ${y}px)` };
}
