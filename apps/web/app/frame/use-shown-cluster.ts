import { useRouter } from '@tanstack/react-router';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { useEffect } from 'react';
import { showCluster } from '../../live/use-player.ts';
import { basePath } from '../base-path.ts';
import { lastCluster, rememberCluster } from '../last-cluster.ts';
import { hrefOf, useLocation } from '../location.ts';

/** Shows the cluster that the address names; an address that names none becomes the one of the first source. */
export function useShownCluster(sources: readonly ClusterInfo[]): void {
  const router = useRouter();
  const { cluster } = useLocation();
  const isStart = router.latestLocation.pathname === '/';
  const first = sources[0]?.id;
  useEffect(() => {
    // A visit to the labs, which have no cluster, does not end what is shown of it.
    if (cluster === '' || cluster === lastCluster()) return;
    rememberCluster(cluster);
    showCluster(cluster);
  }, [cluster]);
  useEffect(() => {
    if (isStart && first !== undefined) router.history.replace(basePath() + hrefOf({ cluster: first }));
  }, [isStart, first, router]);
}
