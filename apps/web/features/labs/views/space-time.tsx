/** The space–time diagram of a history, as it is drawn: steps to the right, a lane a node, only what has happened. */
import type { Picture, ProtocolInfo, StepRecord } from '@vivarium/labs/history';
import type { Fact } from '@vivarium/labs/node-view';
import type { NodeSpec } from '@vivarium/labs/protocol';
import type { Text } from '@vivarium/labs/text';
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import shared from '../../../viz/space-time.module.css';
import type { Range } from '../../../viz/space-time-scale.ts';
import { useSize } from '../../../viz/space-time-size.ts';
import { HeadLine, type Plot, SpaceTimeSurface } from '../../../viz/space-time-surface.tsx';
import { NodeMark } from '../stage/node-card.tsx';
import styles from './space-time.module.css';
import {
  clampSteps,
  entryOf,
  type LabMark,
  type LabPlot,
  leastHeight,
  type PlotInput,
  plotStory,
  rangeAround,
  TOP_PX,
} from './space-time-plot.ts';
import { strokesOf } from './space-time-strokes.ts';
import { chainOf, readStory, type Story } from './story.ts';

export interface LabSpaceTimeProps {
  readonly nodes: readonly NodeSpec[];
  readonly protocol: ProtocolInfo;
  readonly start: Picture;
  readonly records: readonly StepRecord[];
  /** The moment that is shown, and where messages are drawn, in steps. */
  readonly cursor: number;
  readonly u: number;
  readonly picture: Picture;
  readonly selected: MessageId | null;
  readonly say: (text: Text) => string;
  readonly factLabel: (fact: Fact) => string;
  readonly onSeek: (n: number) => void;
  readonly onSelect: (message: MessageId) => void;
  /** Null: the diagram follows the cursor. */
  readonly range: Range | null;
  readonly onRange: (range: Range | null) => void;
}

export function LabSpaceTime(props: LabSpaceTimeProps) {
  const { nodes, protocol, start, records, cursor, u, picture, selected, say, factLabel, onSeek, onSelect, onRange } =
    props;
  const { t } = useTranslation('labsViews');
  const frame = useRef<HTMLDivElement>(null);
  const { width: frameWidth } = useSize(frame);
  const story = useMemo(() => readStory(start, records), [start, records]);
  const [pointed, setPointed] = useState<LabMark | null>(null);
  const range = props.range ?? rangeAround(u, frameWidth);
  const hot = useMemo(() => emphasised(story, pointed, selected), [story, pointed, selected]);
  return (
    <div ref={frame} className={styles.frame}>
      {frameWidth > 0 && (
        <SpaceTimeSurface<LabMark>
          name={t('tabs.spaceTime')}
          label={t('spaceTime.label', { from: Math.max(1, Math.ceil(range.from)), to: cursor })}
          help={t('spaceTime.help')}
          leastHeight={leastHeight(nodes.length)}
          range={range}
          clamp={clampSteps}
          anchor={u}
          plot={(width, height) =>
            draw({ nodes, story, u, range, width, height, selected, say, factLabel }, picture, protocol, hot)
          }
          describe={(mark) => describe(mark, records, say, t)}
          onSelect={(mark) => {
            if (mark.kind === 'message') onSelect(mark.trip.sent.id);
            if (mark.kind !== 'message' || mark.fate !== 'underWay') onSeek(entryOf(mark));
          }}
          onRange={onRange}
          onGround={(at) => onSeek(Math.max(0, Math.round(at)))}
          onPoint={setPointed}
        />
      )}
    </div>
  );
}

/** The keys of what led to the mark that is looked at, else to the chosen message. */
function emphasised(story: Story, pointed: LabMark | null, selected: MessageId | null): ReadonlySet<string> {
  const keys = new Set<string>();
  const chosen = selected === null ? undefined : story.trips.find(({ sent }) => sent.id === selected);
  const from = pointed === null ? chosen?.sentN : pointed.kind === 'point' ? pointed.point.n : pointed.trip.sentN;
  if (pointed !== null) keys.add(pointed.key);
  if (chosen !== undefined) keys.add(`m${chosen.sent.id}`);
  if (from === undefined || (pointed === null && chosen === undefined)) return keys;
  // Of the chosen message only itself is drawn so; of what is pointed at, all that led to it.
  if (pointed === null) return keys;
  const chain = new Set(chainOf(story.causes, from));
  for (const { sent, endN } of story.trips) if (endN !== null && chain.has(endN)) keys.add(`m${sent.id}`);
  for (const { n, kind } of story.points) if (chain.has(n)) keys.add(`p${n}${kind}`);
  return keys;
}

function describe(
  mark: LabMark,
  records: readonly StepRecord[],
  say: (text: Text) => string,
  t: ReturnType<typeof useTranslation<'labsViews'>>['t'],
): string {
  const record = records[entryOf(mark) - 1];
  const sentence = record === undefined ? '' : say(record.sentence);
  if (mark.kind === 'point') return t('spaceTime.step', { n: mark.point.n, sentence });
  const { sent, sentN, endN } = mark.trip;
  const message = { label: sent.label, from: sent.from, to: sent.to, sentN };
  switch (mark.fate) {
    case 'underWay':
      return t('spaceTime.underWay', message);
    case 'arrived':
      return t('spaceTime.arrived', { ...message, endN: endN ?? sentN });
    case 'lost':
      return t('spaceTime.lost', { ...message, endN: endN ?? sentN });
    case 'replaced':
      return t('spaceTime.replaced', { ...message, endN: endN ?? sentN });
  }
}

function draw(input: PlotInput, picture: Picture, protocol: ProtocolInfo, hot: ReadonlySet<string>): Plot<LabMark> {
  const plot = plotStory(input);
  const { scale, marks } = plot;
  return {
    scale,
    marks,
    groups: strokesOf(marks, { hot }),
    below: <Ground plot={plot} width={input.width} picture={picture} protocol={protocol} />,
    inside: <OnLanes plot={plot} />,
    above: null,
    highlight: (mark) =>
      mark.kind === 'message' ? (
        <path
          d={`M${mark.x1} ${mark.y1}L${mark.x2} ${mark.y2}`}
          stroke="var(--accent)"
          strokeWidth={2.5}
          strokeLinecap="round"
        />
      ) : (
        <circle cx={mark.x} cy={mark.y} r={9} fill="none" stroke="var(--accent)" strokeWidth={1.5} />
      ),
  };
}

function Ground(props: {
  readonly plot: LabPlot;
  readonly width: number;
  readonly picture: Picture;
  readonly protocol: ProtocolInfo;
}) {
  const { plot, width, picture, protocol } = props;
  const { scale, ticks, lanes, bottom } = plot;
  const isNarrow = scale.left < 60;
  const mark = isNarrow ? 14 : 18;
  return (
    <>
      {ticks.map(({ n, x }) => (
        <g key={n}>
          <path d={`M${x} ${TOP_PX - 6}V${bottom}`} stroke="var(--line-1)" />
          <text className={shared.tick} x={x} y={13} textAnchor="middle">
            {n}
          </text>
        </g>
      ))}
      {lanes.map(({ node: spec, y, up }) => {
        const node = picture.nodes[spec.id];
        return (
          <g key={spec.id}>
            {node !== undefined && (
              <g transform={`translate(${isNarrow ? 6 : 12} ${y - mark / 2})`}>
                <NodeMark spec={spec} node={node} protocol={protocol} size={mark} />
              </g>
            )}
            <text className={shared.name} x={isNarrow ? 25 : 38} y={y + 4}>
              {spec.id}
            </text>
            <path d={`M${scale.left} ${y}H${width}`} stroke="var(--line-2)" strokeDasharray="2 3" />
            {up.map(({ x1, x2, paused }) => (
              <path
                key={x1}
                d={`M${x1} ${y}H${x2}`}
                stroke={paused ? 'var(--line-2)' : 'var(--line-3)'}
                strokeWidth={paused ? 3 : 1}
              />
            ))}
          </g>
        );
      })}
      {plot.headX !== null && <HeadLine x={plot.headX} top={TOP_PX} bottom={bottom} />}
    </>
  );
}

function OnLanes({ plot }: { readonly plot: LabPlot }) {
  return (
    <>
      {plot.rules.map(({ key, x, y1, y2, cut }) => (
        <path
          key={key}
          d={`M${x} ${y1}V${y2}`}
          stroke={cut ? 'var(--sev-critical)' : 'var(--ink-1)'}
          strokeWidth={1.5}
          strokeDasharray={cut ? '5 3' : undefined}
        />
      ))}
      {plot.plates.map(({ key, x, y, width, text, settled }) => (
        <g key={key} className={styles.plate} data-settled={settled || undefined}>
          <rect x={x - width / 2} y={y - 7.5} width={width} height={15} rx={1.5} />
          <text x={x} y={y + 3.6} textAnchor="middle">
            {text}
          </text>
        </g>
      ))}
      {plot.notes.map(({ key, x, y, anchor, text, look }) => (
        <text key={key} className={`halo ${styles.note}`} data-look={look} x={x} y={y} textAnchor={anchor}>
          {text}
        </text>
      ))}
    </>
  );
}
