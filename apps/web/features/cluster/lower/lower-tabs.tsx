/** What lies below the drawing: the elections vote by vote, the events, the sessions, and the space–time diagram. */

import type { Field } from '@vivarium/shared/contract/source';
import { type ReactNode, useState } from 'react';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { useGo, useLocation } from '../../../app/location.ts';
import { formatCount } from '../../../components/format.ts';
import { EmptyState } from '../../../components/states.tsx';
import { type Tab, Tabs } from '../../../components/tabs.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { electionUnderWay } from '../inspector/election-facts.ts';
import { useText } from '../inspector/text.ts';
import { ElectionTable } from './election-table.tsx';
import { EventFeed } from './event-feed.tsx';
import styles from './lower.module.css';
import { SessionsTable } from './sessions-table.tsx';
import { SpaceTimeView } from './space-time-view.tsx';

const TABS = ['election', 'events', 'sessions', 'space-time'] as const;
type LowerTab = (typeof TABS)[number];

/** Fills the height that it is given. Without a choice in the address an open election shows itself. */
export function LowerTabs() {
  const t = useText();
  const health = useHealthText();
  const go = useGo();
  const language = useLanguage();
  const { tab } = useLocation();
  const { n, sessionCount, elections, isElecting, info } = usePlayer((view) => {
    const election = view.state.elections.at(-1);
    return {
      info: view.info,
      n: view.state.n,
      sessionCount: view.state.sessionCount,
      elections: election?.number ?? 0,
      isElecting: view.replay !== null || electionUnderWay(view.state) !== null,
    };
  });
  // Who has followed an election wants to read on when it is over.
  const [hasElected, setHasElected] = useState(false);
  if (isElecting && !hasElected) setHasElected(true);
  const value =
    TABS.find((one) => one === tab) ??
    (hasElected ? 'election' : info?.provenance.messages === 'missing' ? 'events' : 'space-time');
  const known = (field: Field, content: ReactNode) =>
    info?.provenance[field] === 'missing' ? (
      <EmptyState title={t(`missing.${field}`)}>
        {info.attached !== null ? health(`missing.${field}`) : undefined}
      </EmptyState>
    ) : (
      content
    );
  const tabs: readonly Tab<LowerTab>[] = [
    {
      value: 'election',
      label: t('tabs.election'),
      count: elections === 0 ? undefined : elections,
      content: known('votes', <ElectionTable />),
    },
    { value: 'events', label: t('tabs.events'), count: formatCount(n, language), content: <EventFeed /> },
    {
      value: 'sessions',
      label: t('tabs.sessions'),
      count: info?.provenance.sessions === 'missing' ? undefined : formatCount(sessionCount, language),
      content: known('sessions', <SessionsTable />),
    },
    { value: 'space-time', label: t('tabs.spaceTime'), content: known('messages', <SpaceTimeView />) },
  ];
  return (
    <Tabs
      label={t('tabs.label')}
      value={value}
      tabs={tabs}
      onChange={(next) => go({ tab: next })}
      className={styles.tabs}
    />
  );
}
