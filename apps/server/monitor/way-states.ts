import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import type { FailedAsk } from '@vivarium/client/four-letter-word';
import type { WayReason, WayState } from '@vivarium/shared/contract/source';

/** A way on which nothing was tried yet. */
export const UNTRIED: WayState = { state: 'trying', reason: null, heardMs: null };

/** A way that nobody takes. */
export const TURNED_OFF: WayState = { state: 'closed', reason: { code: 'turnedOff', params: {} }, heardMs: null };

/** What an answer makes of a way; `withheld` names a word that the server does not allow. */
export function opened(heardMs: number, withheld: string | null): WayState {
  const reason: WayReason | null = withheld === null ? null : { code: 'notAllowed', params: { word: withheld } };
  return { state: 'open', reason, heardMs };
}

/** What a failure makes of a way that stood as `before`. */
export function closed(before: WayState, reason: WayReason): WayState {
  return { state: 'closed', reason, heardMs: before.heardMs };
}

/**
 * The reason that a failure is. A server that was silent goes on being silent when no connection comes about: those that it did
 * not look at fill its queue.
 */
export function reasonOf({ fault, detail }: FailedAsk, server: ServerAddress, before: WayState): WayReason {
  const address = formatAddress(server);
  switch (fault) {
    case 'refused':
    case 'silent':
      return { code: fault, params: { address } };
    case 'unknownHost':
      return { code: fault, params: { host: server.host } };
    case 'noConnection':
      if (before.reason?.code === 'silent') return { code: 'silent', params: { address } };
      return { code: 'unreachable', params: { address, detail } };
    case 'tls':
    case 'unreachable':
    case 'garbage':
      return { code: fault, params: { address, detail } };
  }
}

/** Whether two states are the same but for when something was heard last. */
export function sameState(a: WayState, b: WayState): boolean {
  return a.state === b.state && JSON.stringify(a.reason) === JSON.stringify(b.reason);
}
