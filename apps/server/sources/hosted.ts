import { Ensemble, type EnsembleOptions } from '@vivarium/ensemble/hosting/ensemble';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { ServerAction } from '@vivarium/shared/contract/rest';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { LinkFault } from '@vivarium/shared/link-fault';
import type { Zxid } from '@vivarium/shared/zxid';
import { ClusterHealth } from '../health/cluster-health.ts';
import { RecordedPast } from '../recording/recorded-past.ts';
import { Recorder, type RecordingOptions } from '../recording/recorder.ts';
import { AppliedEvents } from '../transactions/applied-events.ts';
import { ClusterTransactions } from '../transactions/cluster-transactions.ts';
import { SessionAddresses } from '../transactions/session-addresses.ts';
import { type StoreNotice, TransactionStore } from '../transactions/transaction-store.ts';
import { Feed } from './feed.ts';
import { hostingFailure } from './hosting-failure.ts';
import type { KeptLimits } from './kept-events.ts';
import { Listeners } from './listeners.ts';
import { provenanceOf, type Source } from './source.ts';

export interface HostedOptions {
  readonly id: string;
  readonly name: string;
  readonly ensemble: Omit<EnsembleOptions, 'trace'>;
  /** Null: nothing is written. */
  readonly recording: RecordingOptions | null;
  readonly limits?: KeptLimits;
  /** The file that committed transactions are kept in. */
  readonly transactionsFile: string;
  transactionsNotice(notice: StoreNotice): void;
  /** Lines of the servers' logs, for this server's own. */
  log(sid: number, line: string): void;
  /** The recording ended for a reason of the disk. */
  recordingFailed(error: Error): void;
}

/** Our own servers on this machine: what they trace and what is done to them, and the ways to do it. */
export class HostedSource implements Source {
  readonly id: string;
  readonly transactions: ClusterTransactions;
  readonly health: ClusterHealth;
  private readonly options: HostedOptions;
  private readonly feed: Feed;
  private readonly ensemble: Ensemble;
  private readonly recorder: Recorder | null;
  private readonly transactionStore: TransactionStore;
  private readonly applied: AppliedEvents;
  private readonly addresses = new SessionAddresses();
  private readonly infoChanged = new Listeners<null>();

  /** Takes the data directory; starts nothing. Throws what `Ensemble` and `Recorder` throw. */
  constructor(options: HostedOptions) {
    this.options = options;
    this.id = options.id;
    this.feed = new Feed(options.limits);
    this.transactionStore = new TransactionStore({
      file: options.transactionsFile,
      addressOf: (session) => this.addresses.addressOf(session),
      notice: options.transactionsNotice,
    });
    // Whoever is signed in may see all of our own servers.
    this.transactions = new ClusterTransactions(this.transactionStore, async (paths) => paths.map(() => true));
    this.health = new ClusterHealth(
      { tls: null, words: true, admin: false },
      // Events say of our own servers what samples would.
      { sample: () => {}, wayChanged: () => {}, changed: () => {} },
    );
    this.applied = new AppliedEvents((batch) => {
      this.transactionStore.add(batch);
      this.health.facts.committed(batch);
    });
    this.ensemble = new Ensemble(
      { ...options.ensemble, trace: true },
      {
        event: (event) => {
          this.feed.push([event]);
          this.addresses.take(event);
          this.applied.take(event);
        },
        memberAdded: () => {
          this.infoChanged.tell(null);
          this.watchHealth();
        },
        log: (sid, line) => options.log(sid, line),
        // Events say these too, in the order of all others.
        mode: () => {},
        process: () => {},
        linkFault: () => {},
      },
    );
    try {
      this.recorder = this.record();
    } catch (error) {
      this.health.close();
      void this.ensemble.close();
      throw error;
    }
  }

  get instance(): string {
    return this.feed.instance;
  }

  /** All client ports, as clients take them. */
  get connectString(): string {
    return this.ensemble.connectString;
  }

  /**
   * Starts every server. `reached` is the last transaction on their disks: what of it was not seen is known to be missing.
   * Rejects with `HostingError` where a port is taken.
   */
  async start(reached: Zxid): Promise<void> {
    this.transactionStore.add({ after: reached, transactions: [] });
    await this.ensemble.start();
    this.watchHealth();
  }

  info(): ClusterInfo {
    const { id, name } = this.options;
    const isEnsemble = this.ensemble.servers.length > 1;
    return {
      id,
      name,
      kind: 'hosted',
      capabilities: {
        live: true,
        processes: true,
        faults: isEnsemble,
        addObserver: isEnsemble,
        readZnodes: true,
        readPast: true,
        writeZnodes: true,
        search: false,
        transactions: true,
        health: true,
      },
      provenance: { ...provenanceOf('trace'), process: 'host', znodes: 'client' },
      kept: this.feed.kept,
      recording: this.recorder?.isWriting === true,
      connectString: this.ensemble.connectString,
      attached: null,
    };
  }

  stateAt(n: number | null): Promise<ClusterState> {
    return this.feed.stateAt(n);
  }

  eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.feed.eventsAfter(after, limit);
  }

  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void {
    return this.feed.subscribe(listener);
  }

  onInfoChanged(listener: () => void): () => void {
    return this.infoChanged.add(listener);
  }

  /**
   * Does something to a server and settles when it is done: `stop`, `kill` and `restart` when the process has ended.
   * `heal` heals all links from and to the server. `by` names who asked for it. Rejects with `ApiFailure`.
   */
  async act(sid: number, action: ServerAction, by: string): Promise<void> {
    await this.attempt(async () => {
      const { ensemble } = this;
      switch (action) {
        case 'start':
          return ensemble.startServer(sid, by);
        case 'stop':
          return ensemble.stopServer(sid, by);
        case 'kill':
          return ensemble.kill(sid, by);
        case 'restart':
          return ensemble.restart(sid, by);
        case 'pause':
          return ensemble.pause(sid, by);
        case 'resume':
          return ensemble.resume(sid, by);
        case 'isolate':
          return ensemble.isolate(sid, by);
        case 'heal':
          ensemble.server(sid);
          for (const { from, to } of ensemble.linkFaults) {
            if (from === sid || to === sid) ensemble.setLinkFault(from, to, null, by);
          }
      }
    });
  }

  /** Disturbs what one server sends to another, or heals it with null. Rejects with `ApiFailure`. */
  async setLinkFault(from: number, to: number, fault: LinkFault | null, by: string): Promise<void> {
    await this.attempt(async () => this.ensemble.setLinkFault(from, to, fault, by), { from, to });
  }

  /** Adds an observer, starts it, and returns its number. Rejects with `ApiFailure`. */
  async addObserver(by: string): Promise<number> {
    const { member } = await this.attempt(() => this.ensemble.addObserver(by));
    return member.sid;
  }

  /** Ends every server in order. */
  async close(): Promise<void> {
    this.health.close();
    await this.ensemble.close();
    this.applied.close();
    await this.transactionStore.close();
    await this.recorder?.close();
  }

  /** Looks at every member by its words. */
  private watchHealth(): void {
    const members = this.ensemble.servers.map(({ member: { sid, role, host, clientPort, quorumPort } }) => ({
      sid,
      role,
      client: { host, port: clientPort },
      quorum: { host, port: quorumPort },
    }));
    this.health.setMembers(members, null);
  }

  private record(): Recorder | null {
    const { recording, recordingFailed } = this.options;
    if (recording === null) return null;
    const recorder = new Recorder(recording, {
      feed: this.feed,
      info: () => this.info(),
      failed: (error) => {
        recordingFailed(error);
        this.infoChanged.tell(null);
      },
    });
    this.feed.setPast(new RecordedPast(recorder));
    return recorder;
  }

  private async attempt<T>(
    action: () => Promise<T>,
    link?: { readonly from: number; readonly to: number },
  ): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw hostingFailure(error, this.id, link);
    }
  }
}
