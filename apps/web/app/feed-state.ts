/** How the events come: one word for the top bar. */
import type { PlayerView } from '../live/player.ts';

export interface FeedState {
  readonly code: 'connecting' | 'live' | 'behind' | 'reconnecting' | 'refused' | 'recorded';
  /** For `behind`, in whole tenths of a second; else 0. */
  readonly lagMs: number;
  /** Whether it needs care. */
  readonly isCare: boolean;
}

/** Later than this, a picture is not live any more. */
const BEHIND_MS = 1_500;

/** The state of the feed of a view. */
export function feedOf({ connection, info, lagMs }: Pick<PlayerView, 'connection' | 'info' | 'lagMs'>): FeedState {
  const state = (code: FeedState['code'], isCare: boolean, lag = 0): FeedState => ({ code, isCare, lagMs: lag });
  if (connection === 'refused' || connection === 'reconnecting') return state(connection, true);
  if (connection === 'connecting' || info === null) return state('connecting', false);
  if (!info.capabilities.live) return state('recorded', false);
  if (lagMs !== null && lagMs > BEHIND_MS) return state('behind', true, Math.round(lagMs / 100) * 100);
  return state('live', false);
}
