import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { Source } from '../sources/source.ts';

/** What was done is told by an event a moment later, when those of all servers have been brought into one order. */
const LIMIT_MS = 500;

/** Acts, and settles when the event that tells of it has come, so that the state that is read next has it. */
export async function told(
  source: Source,
  tells: (event: FeedEvent) => boolean,
  act: () => Promise<void>,
): Promise<void> {
  const { promise: event, resolve } = Promise.withResolvers<void>();
  const unsubscribe = source.subscribe((events) => {
    if (events.some(tells)) resolve();
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    await act();
    // What changes nothing, such as a fault that stood already, is told by no event.
    const limit = new Promise<void>((pass) => {
      timer = setTimeout(pass, LIMIT_MS);
    });
    await Promise.race([event, limit]);
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
}
