import type { ChildrenJson } from '@vivarium/shared/contract/rest';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { api } from '../../../live/api.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { RecentChanges } from '../recent-changes.ts';
import { missedMark, useChanges, useFading } from '../use-changes.ts';
import { TreeController } from './tree-controller.ts';

/** The address of a cluster's REST resource. */
export function clusterPath(cluster: string, resource: string): string {
  return `api/clusters/${encodeURIComponent(cluster)}/${resource}`;
}

export interface Tree {
  readonly controller: TreeController;
  readonly changes: RecentChanges;
}

/** The tree of a cluster at an instant (null: live), kept right by the cluster's events. */
export function useTree(cluster: string, at: number | null): Tree {
  const instant = useRef(at);
  const tree = useMemo<Tree>(() => {
    const controller = new TreeController((request, signal) => {
      const query = { ...request, at: instant.current ?? undefined };
      return api.get<ChildrenJson>(clusterPath(cluster, 'znodes/children'), query, signal);
    });
    return { controller, changes: new RecentChanges() };
  }, [cluster]);
  const { controller, changes } = tree;

  useEffect(() => {
    controller.start();
    return () => controller.dispose();
  }, [controller]);

  useEffect(() => {
    if (instant.current === at) return;
    instant.current = at;
    changes.clear();
    controller.refresh();
  }, [at, controller, changes]);

  useChanges({
    onChange: ({ path, change, isNew }) => {
      if (isNew) changes.note(path, { change, atMs: performance.now() });
      if (instant.current !== null) return;
      if (change === 'created' || change === 'deleted') {
        if (isNew) controller.childChanged(path, change === 'created' ? 1 : -1);
        else controller.childTouched(path);
      } else {
        controller.rowTouched(path);
      }
    },
    onOld: (path) => controller.listTouched(path),
    onMissed: () => controller.refresh(),
  });
  useFading(changes);

  const missed = usePlayer(missedMark);
  const seen = useRef(missed);
  useEffect(() => {
    if (seen.current === missed) return;
    seen.current = missed;
    controller.refresh();
  }, [missed, controller]);

  useSyncExternalStore(controller.subscribe, controller.version);
  useSyncExternalStore(changes.subscribe, changes.version);
  return tree;
}
