/**
 * Serves clients that only want to read, while the server looks for a leader (Java `ReadOnlyZooKeeperServer`). Their sessions
 * are known here alone and end with the search. What they read may be old, and its newest part may be dropped by the leader
 * that is found: a client is told by `readOnly` in the answer to its ConnectRequest.
 */
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { Clients } from './client/clients.ts';
import type { Context } from './context.ts';
import type { Service, Submission } from './role.ts';
import { isReaderSession } from './session/session-ids.ts';
import { SessionTracker } from './session/session-tracker.ts';

/** A search that is over sooner is none that readers have to be served in (Java `QuorumPeer.run`). */
const MIN_SEARCH_MS = 2_000;

/** How long a server has looked for a leader when it begins to serve readers; infinite where it never does. */
export function readOnlyAfterMs({ config }: Context): number {
  return config.readOnlyMode ? Math.max(MIN_SEARCH_MS, config.tickTimeMs) : Number.POSITIVE_INFINITY;
}

export class ReadOnlyService implements Service {
  readonly readOnly = true;
  private readonly context: Context;
  private readonly clients: Clients;
  private readonly sessions: SessionTracker;

  constructor(context: Context, clients: Clients) {
    this.context = context;
    this.clients = clients;
    this.sessions = new SessionTracker(context.config.tickTimeMs, context.now.monotonicMs);
  }

  /** When `tick` has something to do. */
  get deadlineMs(): number {
    return this.sessions.deadlineMs;
  }

  tick(): void {
    for (const sessionId of this.sessions.expire(this.context.now.monotonicMs)) {
      this.sessions.remove(sessionId);
      this.clients.sendAway(sessionId, 'the session has expired');
    }
  }

  /** Of what is ordered elsewhere, only sessions begin and end here: `Clients` refuses the rest. */
  submit({ sessionId, type, record }: Submission): void {
    if (type === OpCode.createSession) {
      this.sessions.track(sessionId, new JuteReader(record).int(), this.context.now.monotonicMs);
      this.clients.sessionBegun(sessionId);
    } else if (type === OpCode.closeSession) {
      this.sessions.remove(sessionId);
      this.clients.sessionEnded(sessionId);
    }
  }

  /** No sync comes here either. */
  submitSync(): void {}

  touch(sessionId: bigint, timeoutMs: number): void {
    this.sessions.touch(sessionId, timeoutMs, this.context.now.monotonicMs);
  }

  /** Whether a session of the ensemble lives only a leader knows: to say that it has expired would end what may be alive. */
  revalidate(sessionId: bigint, timeoutMs: number): void {
    const alive = this.sessions.touch(sessionId, timeoutMs, this.context.now.monotonicMs);
    // kazoo brings along the session that it had as a reader elsewhere, and begins another one only when it hears of its end.
    if (alive || isReaderSession(sessionId)) this.clients.revalidated(sessionId, alive, 0n);
    else this.clients.sendAway(sessionId, 'without a leader only sessions of readers are served');
  }
}
