/** What the page's right column shows: what is selected in the address, an open election by itself, else the cluster. */
import type { ClusterState } from '@vivarium/shared/cluster-state';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useGo, useLocation } from '../../../app/location.ts';
import { IconButton } from '../../../components/button.tsx';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { usePlayer } from '../../../live/use-player.ts';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { parseSelection, type Selection } from '../selection.ts';
import { electionUnderWay } from './election-facts.ts';
import { ElectionInspector } from './election-inspector.tsx';
import styles from './inspector.module.css';
import { LinkInspector } from './link-inspector.tsx';
import { ProposalInspector, ProposalTitle } from './proposal-inspector.tsx';
import { ServerInspector } from './server-inspector.tsx';
import { roleIn } from './server-mark.tsx';
import { ClusterSummary } from './summary.tsx';
import { type Translate, useText } from './text.ts';

/** Fills the height that it is given. */
export function Inspector() {
  const t = useText();
  const go = useGo();
  const { select } = useLocation();
  const { state, info } = usePlayer((view) => ({ state: view.state, info: view.info }));
  const selection = parseSelection(select);
  const { title, content } = info === null ? loading(t) : contentFor(t, state, selection);
  return (
    <section className={styles.inspector} aria-label={t('inspector.label')}>
      <header className={styles.header}>
        <h2 className={styles.title}>{title}</h2>
        <span className={styles.push} />
        {selection !== null && (
          <IconButton
            label={t('inspector.close')}
            shortcut="Esc"
            icon={<X size={16} strokeWidth={1.5} />}
            onClick={() => go({ select: null })}
          />
        )}
      </header>
      <div className={styles.body}>{content}</div>
    </section>
  );
}

interface Shown {
  readonly title: ReactNode;
  readonly content: ReactNode;
}

function loading(t: Translate): Shown {
  return { title: t('summary.title'), content: <Skeleton lines={6} /> };
}

function contentFor(t: Translate, state: ClusterState, selection: Selection | null): Shown {
  switch (selection?.kind) {
    case 'server': {
      const server = state.servers[selection.sid];
      const title = (
        <>
          <RoleMark role={roleIn(state, selection.sid)} sid={selection.sid} size={18} />
          {t('serverTitle', { sid: selection.sid })}
        </>
      );
      return { title, content: server === undefined ? <Gone /> : <ServerInspector state={state} server={server} /> };
    }
    case 'link': {
      const { from, to } = selection;
      const known = state.servers[from] !== undefined && state.servers[to] !== undefined && from !== to;
      return {
        title: t('link.title', { a: from, b: to }),
        content: known ? <LinkInspector state={state} from={from} to={to} /> : <Gone />,
      };
    }
    case 'proposal': {
      const proposal = state.proposals.findLast(({ zxid }) => zxid === selection.zxid);
      return {
        title: <ProposalTitle zxid={selection.zxid} />,
        content: proposal === undefined ? <Gone /> : <ProposalInspector state={state} proposal={proposal} />,
      };
    }
    case 'election': {
      const election = state.elections.find(({ number }) => number === selection.number);
      return {
        title: t('election.title', { number: selection.number }),
        content: election === undefined ? <Gone /> : <ElectionInspector state={state} election={election} />,
      };
    }
    default: {
      const election = electionUnderWay(state);
      return election === null
        ? { title: t('summary.title'), content: <ClusterSummary state={state} /> }
        : {
            title: t('election.title', { number: election.number }),
            content: <ElectionInspector state={state} election={election} />,
          };
    }
  }
}

/** What is selected lies outside of what is known at the instant. */
function Gone() {
  const t = useText();
  return <EmptyState title={t('inspector.gone')}>{t('inspector.goneText')}</EmptyState>;
}
