import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { Source } from '../sources/source.ts';

/** What was done is told by events a moment later, when those of all servers have been brought into one order. */
const LIMIT_MS = 500;

/** What only the host tells. */
const HOST_EVENTS: ReadonlySet<string> = new Set(['processChanged', 'linkFaulted', 'memberAdded']);

/** Acts, and settles with the state once the events that tell of it have come, or soon, where none do. */
export async function told(
  source: Source,
  isTold: (state: ClusterState) => boolean,
  act: () => Promise<void>,
): Promise<ClusterState> {
  await act();
  const { promise: limit, resolve: give } = Promise.withResolvers<void>();
  const timer = setTimeout(give, LIMIT_MS);
  let { promise: news, resolve: wake } = Promise.withResolvers<void>();
  const unsubscribe = source.subscribe((events) => {
    if (events.some(({ body }) => HOST_EVENTS.has(body.kind))) wake();
  });
  let isLate = false;
  void limit.then(() => {
    isLate = true;
  });
  try {
    for (;;) {
      const state = await source.stateAt(null);
      if (isLate || isTold(state)) return state;
      await Promise.race([news, limit]);
      ({ promise: news, resolve: wake } = Promise.withResolvers<void>());
    }
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
}
