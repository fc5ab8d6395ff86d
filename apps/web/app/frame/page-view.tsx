import { useRouter } from '@tanstack/react-router';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { Compass, KeyRound, PlugZap } from 'lucide-react';
import { Component, type ComponentType, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { openAttachDialog } from '../../features/attach/attach-dialogs.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { ApiFailure, addressOf } from '../../live/api.ts';
import { usePlayer } from '../../live/use-player.ts';
import { parsePath, useLocation } from '../location.ts';
import styles from './frame.module.css';
import { pageEntries } from './pages.tsx';
import { PlaceLink } from './place-link.tsx';
import { sourceName } from './source-name.ts';

/** The page that the address names, or why it cannot be shown. */
export function PageView({
  sources,
  sourcesError,
  areKnown,
}: {
  readonly sources: readonly ClusterInfo[];
  readonly sourcesError: Error | null;
  /** Whether the list has come. */
  readonly areKnown: boolean;
}) {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const router = useRouter();
  const { cluster, page } = useLocation();
  const { connection, error, isReady } = usePlayer((view) => ({
    connection: view.connection,
    error: view.error,
    isReady: view.info !== null,
  }));
  const { pathname } = router.latestLocation;
  const entry = pageEntries.find((candidate) => candidate.page === page);
  // The labs run in the browser: they need neither a cluster nor a server that answers.
  if (page === 'labs' && entry !== undefined) return <Page key="labs" View={entry.View} />;
  const isRefused = sourcesError instanceof ApiFailure && sourcesError.status === 401;
  if (connection === 'refused' || isRefused) return <TokenNeeded />;
  if (pathname !== '/' && parsePath(pathname) === null) {
    return (
      <EmptyState
        title={t('state.noPlace')}
        icon={<Compass size={22} strokeWidth={1.25} />}
        actions={<PlaceLink to={{ page: 'cluster' }}>{t('state.toCluster')}</PlaceLink>}
      >
        <code>{pathname}</code>
      </EmptyState>
    );
  }
  if (cluster === '' && areKnown && sources.length === 0) return <NoClusters />;
  if (error !== null) {
    return (
      <ErrorState
        title={t('state.cannotShow', { cluster })}
        error={error}
        actions={sources
          .filter((source) => source.id !== cluster)
          .map((source) => (
            <PlaceLink key={source.id} to={{ cluster: source.id }}>
              {t('state.openSource', { name: sourceName(t, language, source) })}
            </PlaceLink>
          ))}
      />
    );
  }
  if (!isReady && (connection === 'reconnecting' || sourcesError !== null)) {
    return (
      <EmptyState title={t('state.unreachable')} icon={<PlugZap size={22} strokeWidth={1.25} />}>
        {t('state.unreachableText')}
      </EmptyState>
    );
  }
  if (!isReady || entry === undefined) return <Skeleton lines={9} />;
  return <Page key={`${cluster} ${page}`} View={entry.View} />;
}

function Page({ View }: { readonly View: ComponentType }) {
  return (
    <PageBoundary fallback={<Broken />}>
      <Suspense fallback={<Skeleton lines={9} />}>
        <View />
      </Suspense>
    </PageBoundary>
  );
}

/** Nothing is hosted, and nothing attached. */
function NoClusters() {
  const { t: attach } = useTranslation('attach');
  return (
    <EmptyState
      title={attach('empty.title')}
      icon={<PlugZap size={22} strokeWidth={1.25} />}
      actions={
        <Button variant="primary" onClick={() => openAttachDialog({ kind: 'add' })}>
          {attach('add.action')}
        </Button>
      }
    >
      {attach('empty.text')}
    </EmptyState>
  );
}

/** The server wants its token: it is entered here, and the server keeps it as a cookie. */
function TokenNeeded() {
  const { t } = useTranslation('frame');
  const [token, setToken] = useState('');
  const open = () => {
    const address = addressOf('');
    address.searchParams.set('token', token.trim());
    location.assign(address);
  };
  return (
    <EmptyState title={t('state.refused')} icon={<KeyRound size={22} strokeWidth={1.25} />}>
      <p>{t('state.refusedText')}</p>
      <form
        className={styles.tokenForm}
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== '') open();
        }}
      >
        <TextField label={t('state.token')} value={token} onChange={setToken} mono autoFocus />
        <Button type="submit" variant="primary" disabled={token.trim() === ''}>
          {t('state.enter')}
        </Button>
      </form>
    </EmptyState>
  );
}

/** A page that failed leaves the frame standing. */
class PageBoundary extends Component<
  { readonly fallback: ReactNode; readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation('frame');
  return (
    <ErrorState
      title={t('state.broken')}
      error={null}
      actions={<Button onClick={() => location.reload()}>{t('state.reload')}</Button>}
    />
  );
}
