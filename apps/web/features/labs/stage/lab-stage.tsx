import type { FlightPicture, ScenarioInfo, StepRecord } from '@vivarium/labs/history';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../../../components/format.ts';
import { useSize } from '../../../components/use-size.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { logColumns } from '../../../viz/log-columns.ts';
import { MessageDetail } from '../inbox/message-detail.tsx';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { AnnotationLayer } from './annotation-layer.tsx';
import { placeAnnotations } from './annotations.ts';
import { CardHeights } from './card-heights.ts';
import { isZxidKey } from './card-rows.ts';
import styles from './lab-stage.module.css';
import { LinkLayer } from './link-layer.tsx';
import { LinksDialog } from './links-dialog.tsx';
import { MessageLayer } from './message-layer.tsx';
import { columnCount } from './node-card.tsx';
import type { Size } from './place.ts';
import { layOut, pairKey, waysOf } from './stage-layout.ts';
import { StageNode } from './stage-node.tsx';
import { StageTime } from './timer-row.tsx';
import type { Point } from './way.ts';

/** The nodes, the links and the messages under way, at the moment that is shown. */
export function LabStage() {
  const { t } = useTranslation('labsStage');
  const language = useLanguage();
  const [ref, size] = useSize();
  const atMs = useLab(({ branch, u }) => branch.pictureAt(stepOf(u)).atMs);
  return (
    <section className={styles.stage} aria-label={t('stage')}>
      <div className={styles.scroller} ref={ref}>
        {size !== null && size.width > 0 && <Drawing asked={size} />}
      </div>
      <div className={styles.strip}>
        <span>{t('clock', { time: formatDuration(atMs, language) })}</span>
        <LinksDialog />
      </div>
    </section>
  );
}

/** The step whose moment is drawn while messages are on their way to the next. */
function stepOf(u: number): number {
  return Math.floor(u + 1e-6);
}

function Drawing({ asked }: { readonly asked: Size }) {
  const { t } = useTranslation('labsStage');
  const say = useSay();
  const info = useLab((state) => state.info);
  const protocol = useLab((state) => state.protocol);
  const branch = useLab((state) => state.branch);
  const n = useLab((state) => stepOf(state.u));
  const selected = useLab((state) => (state.selected?.kind === 'node' ? state.selected.id : null));
  const [pointed, setPointed] = useState<{ readonly flight: FlightPicture; readonly point: Point } | null>(null);
  const { records } = branch;
  const picture = branch.pictureAt(n);
  const before = n > 0 ? branch.pictureAt(n - 1) : null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the nodes of another lesson need other heights
  const heights = useMemo(() => new CardHeights(protocol, say), [info, protocol, say]);
  const start = useMemo(() => branch.pictureAt(0), [branch]);
  // Nothing has happened in a free play when it begins: its cards will grow.
  const spareLines = info.kind === 'free' ? 2 : 0;
  const layout = useMemo(() => {
    const all = [
      start.annotations,
      ...records.flatMap(({ annotations }) => (annotations === null ? [] : [annotations])),
    ];
    const hasNotes = all.some(({ length }) => length > 0);
    const laidOut = (stage: Size) =>
      layOut(
        info.nodes,
        stage,
        (id, style) => (heights.of(start, records, style).get(id) ?? style.header) + spareLines * style.line,
        hasNotes,
      );
    const first = laidOut(asked);
    // Room at the foot for all that is ever said there, so that nothing moves when it is.
    const foot = Math.max(
      ...all.map(
        (notes) => placeAnnotations(notes, first.cards, first.size, first.isNarrow, ({ text }) => say(text)).footPx,
      ),
    );
    const laid = foot === 0 ? first : laidOut({ width: asked.width, height: Math.max(120, asked.height - foot) });
    return { ...laid, size: { ...laid.size, height: laid.size.height + foot } };
  }, [info, asked, heights, start, records, say, spareLines]);
  const wayOf = useMemo(() => waysOf(layout), [layout]);
  const pairs = useMemo(() => pairsOf(info, records, picture.cuts), [info, records, picture.cuts]);
  const zxids = logColumns(
    Object.values(picture.nodes).map(({ view }) =>
      view.log.filter(({ key }) => isZxidKey(key)).map(({ key, state }) => ({ zxid: key, state })),
    ),
    columnCount(layout.style),
  ).join(' ');
  // The same list while it says the same, so that cards of which nothing has changed are not drawn again.
  const columns = useMemo(() => (zxids === '' ? [] : zxids.split(' ')), [zxids]);
  const placed = useMemo(
    () => placeAnnotations(picture.annotations, layout.cards, layout.size, layout.isNarrow, ({ text }) => say(text)),
    [picture.annotations, layout, say],
  );
  const here = records[n - 1];
  const acting = here?.entry.happening;
  // A message that ends under the pointer, or with the focus, leaves without a word.
  const isThere =
    pointed !== null && (picture.inFlight[pointed.flight.id] === pointed.flight || here?.message === pointed.flight);
  return (
    <div className={styles.drawing} style={{ height: Math.max(asked.height, layout.size.height) }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no element for a group */}
      <svg
        width={layout.size.width}
        height={layout.size.height}
        viewBox={`0 0 ${layout.size.width} ${layout.size.height}`}
        role="group"
        aria-label={t('drawing', { step: n })}
        data-lab-stage
      >
        <LinkLayer pairs={pairs} cuts={picture.cuts} wayOf={wayOf} />
        <StageTime value={picture.atMs}>
          {info.nodes.map((spec) => {
            const node = picture.nodes[spec.id];
            const rect = layout.cards.get(spec.id);
            if (node === undefined || rect === undefined) return null;
            return (
              <StageNode
                key={spec.id}
                spec={spec}
                node={node}
                before={before?.nodes[spec.id] ?? null}
                style={layout.style}
                rect={rect}
                protocol={protocol}
                columns={columns}
                records={records}
                isSelected={selected === spec.id}
                isActing={acting !== undefined && 'node' in acting && acting.node === spec.id}
              />
            );
          })}
        </StageTime>
        <AnnotationLayer placed={placed} stage={layout.size} />
        <MessageLayer layout={layout} wayOf={wayOf} onPoint={setPointed} />
      </svg>
      {isThere && (
        <div className={styles.detail} style={besides(pointed.point, layout.size)}>
          <MessageDetail flight={pointed.flight} />
        </div>
      )}
    </div>
  );
}

const MOST_SILENT_CUTS = 12;

/** Who talks with whom in the history, and whose links are cut. */
function pairsOf(
  info: ScenarioInfo,
  records: readonly StepRecord[],
  cuts: readonly string[],
): readonly (readonly [NodeId, NodeId])[] {
  const talking = new Set<string>();
  for (const { entry } of records) for (const { from, to } of entry.sent) talking.add(pairKey(from, to));
  // Few cuts are drawn wherever they are; where the whole is split, only those that are felt.
  for (const cut of cuts.length > MOST_SILENT_CUTS ? [] : cuts) {
    const [from, to] = cut.split('>');
    if (from !== undefined && to !== undefined) talking.add(pairKey(from, to));
  }
  return info.nodes.flatMap(({ id: a }, i) =>
    info.nodes.slice(i + 1).flatMap(({ id: b }) => {
      if (!talking.has(pairKey(a, b))) return [];
      const pair: readonly [NodeId, NodeId] = a < b ? [a, b] : [b, a];
      return [pair];
    }),
  );
}

/** Beside a message, on the side that has room. */
function besides({ x, y }: Point, stage: Size) {
  return {
    ...(x < stage.width / 2 ? { left: x + 14 } : { right: stage.width - x + 14 }),
    ...(y < stage.height / 2 ? { top: y + 10 } : { bottom: stage.height - y + 10 }),
  };
}
