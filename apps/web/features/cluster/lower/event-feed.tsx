/** Every event up to the instant as a sentence, the newest last, narrowed by kind, server and text. */
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { ChevronsDown } from 'lucide-react';
import { type UIEvent, useLayoutEffect, useMemo, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Select, TextField } from '../../../components/field.tsx';
import { formatCount, formatTimeOfDay } from '../../../components/format.ts';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { controls, usePlayer } from '../../../live/use-player.ts';
import { Marked } from '../inspector/marked.tsx';
import { ServerMark } from '../inspector/server-mark.tsx';
import { useText } from '../inspector/text.ts';
import { EVENT_GROUPS, type EventFilter, type EventGroup, filterEvents } from './event-groups.ts';
import { eventSentence } from './event-sentence.ts';
import styles from './lower.module.css';
import { useFeedWindow } from './use-feed-window.ts';
import { useRowHeight, VirtualRows } from './virtual-rows.tsx';

const DEFAULT_GROUPS: readonly EventGroup[] = EVENT_GROUPS.filter((group) => group !== 'messages');
/** As near to the end counts as being there, in px. */
const AT_END_PX = 6;

/** Fills the height that it is given. */
export function EventFeed() {
  const t = useText();
  const language = useLanguage();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState<EventFilter>({ groups: DEFAULT_GROUPS, sids: [], text: '' });
  const [follows, setFollows] = useState(true);
  const { state, info } = usePlayer((view) => ({ state: view.state, info: view.info }));
  const { events, newer, loading } = useFeedWindow(follows);

  // A sentence is made once for each language: `t` is another function after a change of language.
  const sentence = useMemo(() => {
    const made = new WeakMap<FeedEvent, string>();
    return (event: FeedEvent) => {
      const known = made.get(event);
      if (known !== undefined) return known;
      const text = eventSentence(t, event);
      made.set(event, text);
      return text;
    };
  }, [t]);
  const shown = useMemo(() => filterEvents(events, filter, sentence), [events, filter, sentence]);
  const current = shown.findLastIndex(({ n }) => n <= state.n);

  useLayoutEffect(() => {
    if (scroller !== null && follows) scroller.scrollTop = shown.length * rowHeight;
  }, [scroller, shown.length, rowHeight, follows]);

  const toEnd = () => {
    setFollows(true);
    controls.goLive();
  };
  const onScroll = ({ currentTarget: { scrollHeight, clientHeight, scrollTop } }: UIEvent) => {
    setFollows(scrollHeight - clientHeight - scrollTop <= AT_END_PX);
  };

  if (info === null) return <Skeleton lines={6} />;
  const seek = (event: FeedEvent) => {
    setFollows(false);
    controls.seekToEvent(event.n);
  };
  const clearFilter = () => setFilter({ groups: EVENT_GROUPS, sids: [], text: '' });

  return (
    <>
      <FeedTools filter={filter} onChange={setFilter} sids={Object.keys(state.servers).map(Number)} />
      <div className={styles.feedBox}>
        {shown.length === 0 ? (
          loading ? (
            <Skeleton lines={6} />
          ) : events.length === 0 ? (
            <EmptyState title={t('feed.none')}>{t('feed.noneText')}</EmptyState>
          ) : (
            <EmptyState
              title={t('feed.empty')}
              actions={<Button onClick={clearFilter}>{t('feed.resetFilter')}</Button>}
            >
              {t('feed.emptyText')}
            </EmptyState>
          )
        ) : (
          <div ref={setScroller} className={styles.scroller} onScroll={onScroll}>
            <table className={styles.feed} aria-rowcount={shown.length}>
              <caption className="visually-hidden">{t('feed.list')}</caption>
              <colgroup>
                <col className={styles.feedTime} />
                <col className={styles.feedServer} />
                <col />
              </colgroup>
              <VirtualRows scroller={scroller} rows={shown}>
                {(event, index) => (
                  <tr
                    key={event.n}
                    className={styles.feedRow}
                    aria-rowindex={index + 1}
                    aria-current={index === current ? 'time' : undefined}
                    data-later={index > current || undefined}
                    tabIndex={0}
                    title={t('feed.goTo')}
                    onClick={() => seek(event)}
                    onKeyDown={(pressed) => {
                      if (pressed.key !== 'Enter' && pressed.key !== ' ') return;
                      pressed.preventDefault();
                      seek(event);
                    }}
                  >
                    <td className={styles.dim}>{formatTimeOfDay(event.wallMs, 3)}</td>
                    <td>
                      <ServerMark state={state} sid={event.sid} />
                    </td>
                    <td className={styles.sentence}>
                      <Marked text={sentence(event)} />
                    </td>
                  </tr>
                )}
              </VirtualRows>
            </table>
          </div>
        )}
        {!follows && newer > 0 && (
          <Button className={styles.pill} onClick={toEnd}>
            <ChevronsDown size={13} aria-hidden />
            {t('feed.new', { count: newer, shown: formatCount(newer, language) })}
          </Button>
        )}
      </div>
    </>
  );
}

function FeedTools(props: {
  readonly filter: EventFilter;
  readonly onChange: (filter: EventFilter) => void;
  readonly sids: readonly number[];
}) {
  const { filter, onChange, sids } = props;
  const t = useText();
  const toggle = (group: EventGroup) => {
    const on = filter.groups.includes(group);
    const groups = EVENT_GROUPS.filter((known) => (known === group ? !on : filter.groups.includes(known)));
    onChange({ ...filter, groups });
  };
  return (
    <div className={styles.tools}>
      <fieldset className={styles.chips}>
        <legend className="visually-hidden">{t('feed.filter')}</legend>
        {EVENT_GROUPS.map((group) => (
          <button
            key={group}
            type="button"
            className={styles.chip}
            aria-pressed={filter.groups.includes(group)}
            onClick={() => toggle(group)}
          >
            {t(`feed.group.${group}`)}
          </button>
        ))}
      </fieldset>
      <span className={styles.push} />
      <Select
        label={t('feed.server')}
        hideLabel
        variant="quiet"
        value={String(filter.sids[0] ?? 'all')}
        options={[
          { value: 'all', label: t('feed.allServers') },
          ...sids.map((sid) => ({ value: String(sid), label: t('server', { sid }) })),
        ]}
        onChange={(value) => onChange({ ...filter, sids: value === 'all' ? [] : [Number(value)] })}
      />
      <TextField
        type="search"
        label={t('feed.search')}
        hideLabel
        placeholder={t('feed.searchPlaceholder')}
        value={filter.text}
        onChange={(text) => onChange({ ...filter, text })}
        className={styles.search}
      />
    </div>
  );
}
