/**
 * Listens on the election ports of an ensemble that it is no part of. A server answers the notification of who is no voter at
 * once with its own vote (Java `FastLeaderElection.Messenger.WorkerReceiver`), and nothing else comes of it.
 */
import { encodeHandshake, encodeNotificationMessage, type Notification, ServerState } from '@vivarium/wire/election';
import { LONG_MIN, tracedVote } from '../core/election/vote.ts';
import { ElectionChannel } from '../net/election-channel.ts';
import { LinkFaults } from '../net/link-faults.ts';
import { plainTransport } from '../net/peer-transport.ts';
import type { AttachedMember } from './attached-member.ts';
import type { ElectionListenerEvents, ElectionListenerOptions } from './election-events.ts';
import { jittered } from './jitter.ts';
import { strangerSid } from './stranger-sid.ts';
import { dialReason, reasonAt, reasonWithDetail } from './way-reason.ts';

/** Between two questions to a server: as a rule, and while something happens. */
const QUIET_MS = 1_000;
const ALERT_MS = 50;
/** How long something happens after it was last seen to. */
const ALERT_FOR_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** A server that has not answered for so long is silent; after so much longer its connection is given up. */
const SILENT_MS = 3_000;
const GIVE_UP_MS = 9_000;
/** Between two attempts at a server that cannot be asked: at first, and at most. */
const MIN_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;
/** Answers to questions that nobody has asked; who sends more is no server. */
const MAX_UNASKED = 100;
/**
 * What a question says. The sender votes for nobody, as observers do. The configuration has a version that no server takes for
 * newer than its own, by which one that is LOOKING would reconfigure itself; two servers, since of fewer Apache complains
 * in its log at each question, or its thread ends; and addresses for which it asks no name service.
 */
const QUESTION: Uint8Array = encodeNotificationMessage({
  state: ServerState.LOOKING,
  leader: LONG_MIN,
  zxid: LONG_MIN,
  electionEpoch: 0n,
  peerEpoch: LONG_MIN,
  version: 2,
  config: 'server.1=127.0.0.1:1:2:participant\nserver.2=127.0.0.1:3:4:participant\nversion=0',
});
/** Nobody listens there: only a server with a larger sid would dial it. */
const OWN_ADDRESS = '127.0.0.1:1';

/** What is known of the connection to one server. */
interface Asked {
  member: AttachedMember;
  readonly channel: ElectionChannel;
  /** The oldest question that has no answer yet; null: none. On the monotonic clock, as all times here. */
  waitingSinceMs: number | null;
  toldSilentMs: number;
  /** Answers that may come. */
  expected: number;
  unasked: number;
  /** Whether this connection has brought an answer. */
  answered: boolean;
  /** How often it has ended without one, since the last answer. */
  turnedAway: number;
  failures: number;
  notBeforeMs: number;
  /** What it said last, in short. */
  said: string;
  looking: boolean;
}

export class ElectionListener {
  private readonly events: ElectionListenerEvents;
  private readonly options: ElectionListenerOptions;
  private readonly sid: number;
  private readonly servers = new Map<number, Asked>();
  private members: readonly AttachedMember[];
  private alertUntilMs = 0;
  private timer: NodeJS.Timeout | null = null;
  private running = false;

  constructor(options: ElectionListenerOptions, events: ElectionListenerEvents) {
    this.options = options;
    this.events = events;
    this.sid = options.sid ?? strangerSid();
    this.members = options.members;
  }

  /** Begins to ask. */
  start(): void {
    this.running = true;
    this.setMembers(this.members);
  }

  /** Whom to ask from now on. */
  setMembers(members: readonly AttachedMember[]): void {
    this.members = members;
    if (!this.running) return;
    const sids = new Set(members.map(({ sid }) => sid));
    for (const [sid, { channel }] of [...this.servers]) {
      if (sids.has(sid)) continue;
      this.servers.delete(sid);
      channel.disconnect();
    }
    for (const member of members) {
      const known = this.servers.get(member.sid);
      if (known === undefined) this.servers.set(member.sid, this.makeAsked(member));
      else this.move(known, member);
    }
    this.alert();
  }

  /** Ends all connections; nothing is told any more. */
  close(): void {
    this.running = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const servers = [...this.servers.values()];
    this.servers.clear();
    for (const { channel } of servers) channel.disconnect();
  }

  private makeAsked(member: AttachedMember): Asked {
    const { transport = plainTransport } = this.options;
    const channel = new ElectionChannel(
      BigInt(member.sid),
      [member.election],
      {
        sid: BigInt(this.sid),
        handshake: encodeHandshake(BigInt(this.sid), OWN_ADDRESS),
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        faults: new LinkFaults(),
        transport,
      },
      {
        notification: (_, notification) => this.heard(asked, notification),
        unreachable: (_, fault) =>
          this.fail(asked, dialReason(asked.member.election, fault, transport !== plainTransport)),
        garbage: (_, fault) => this.fail(asked, reasonWithDetail('garbage', asked.member.election, fault)),
        idle: () => this.ended(asked),
        info: () => {},
        warn: () => {},
      },
    );
    const asked: Asked = {
      member,
      channel,
      waitingSinceMs: null,
      toldSilentMs: 0,
      expected: 0,
      unasked: 0,
      answered: false,
      turnedAway: 0,
      failures: 0,
      notBeforeMs: 0,
      said: '',
      looking: false,
    };
    return asked;
  }

  private move(asked: Asked, member: AttachedMember): void {
    const { host, port } = asked.member.election;
    asked.member = member;
    if (host === member.election.host && port === member.election.port) return;
    asked.channel.moveTo([member.election]);
    asked.notBeforeMs = 0;
    asked.channel.disconnect();
  }

  private isCurrent(asked: Asked): boolean {
    return this.servers.get(asked.member.sid) === asked;
  }

  // --- asking -------------------------------------------------------------------------------------------------------

  /** Something happens: all are asked at once, and often from now on. */
  private alert(): void {
    const nowMs = performance.now();
    const wasAlert = nowMs < this.alertUntilMs;
    this.alertUntilMs = nowMs + ALERT_FOR_MS;
    // Those that could not be asked may be back as well.
    const soonMs = nowMs + jittered(2 * MIN_RETRY_MS);
    for (const asked of this.servers.values()) asked.notBeforeMs = Math.min(asked.notBeforeMs, soonMs);
    if (!wasAlert) this.schedule(0);
  }

  private schedule(delayMs: number): void {
    if (!this.running) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.round(), delayMs);
  }

  private round(): void {
    const nowMs = performance.now();
    for (const asked of [...this.servers.values()]) this.ask(asked, nowMs);
    const looking = [...this.servers.values()].some((asked) => asked.looking);
    this.schedule(jittered(looking || nowMs < this.alertUntilMs ? ALERT_MS : QUIET_MS));
  }

  private ask(asked: Asked, nowMs: number): void {
    if (asked.waitingSinceMs !== null && nowMs - asked.waitingSinceMs >= SILENT_MS) this.silent(asked, nowMs);
    if (nowMs < asked.notBeforeMs) return;
    asked.waitingSinceMs ??= nowMs;
    // One more than was asked for: on a new connection Apache says its last message again.
    asked.expected = 2;
    asked.channel.send(QUESTION);
  }

  private silent(asked: Asked, nowMs: number): void {
    if (nowMs - asked.toldSilentMs >= SILENT_MS) {
      asked.toldSilentMs = nowMs;
      asked.looking = false;
      if (asked.channel.isConnected) this.events.failed(asked.member.sid, reasonAt('silent', asked.member.election));
    }
    if (nowMs - (asked.waitingSinceMs ?? nowMs) < GIVE_UP_MS) return;
    asked.waitingSinceMs = null;
    asked.channel.disconnect();
  }

  // --- what comes back ----------------------------------------------------------------------------------------------

  private heard(asked: Asked, notification: Notification): void {
    if (!this.isCurrent(asked)) return;
    if (asked.expected === 0) {
      if (++asked.unasked < MAX_UNASKED) return;
      this.fail(asked, reasonWithDetail('garbage', asked.member.election, 'it answers what nobody has asked'));
      asked.channel.disconnect();
      return;
    }
    asked.expected--;
    asked.unasked = 0;
    asked.waitingSinceMs = null;
    asked.answered = true;
    asked.turnedAway = 0;
    asked.failures = 0;
    const vote = tracedVote(notification);
    const { state } = vote;
    asked.looking = state === 'LOOKING';
    const said = `${state} ${vote.leader} ${vote.peerEpoch}`;
    if (said !== asked.said) this.alert();
    asked.said = said;
    this.events.heard(asked.member.sid, { state, vote, config: notification.config });
  }

  /** The connection is over. A server that has answered may have died: the others are asked about it. */
  private ended(asked: Asked): void {
    if (!this.isCurrent(asked)) return;
    const wasWaiting = asked.waitingSinceMs !== null;
    const { answered } = asked;
    asked.answered = false;
    asked.looking = false;
    asked.waitingSinceMs = null;
    if (answered) this.alert();
    // A server that dies takes a last connection and ends it; one that has no use for us does so again.
    else if (wasWaiting && ++asked.turnedAway > 1) this.fail(asked, reasonAt('turnedAway', asked.member.election));
  }

  private fail(asked: Asked, reason: Parameters<ElectionListenerEvents['failed']>[1]): void {
    if (!this.isCurrent(asked)) return;
    const retryMs = Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** Math.min(asked.failures, 10));
    asked.failures++;
    asked.notBeforeMs = performance.now() + jittered(retryMs);
    asked.waitingSinceMs = null;
    asked.looking = false;
    if (asked.said !== '') this.alert();
    asked.said = '';
    this.events.failed(asked.member.sid, reason);
  }
}
