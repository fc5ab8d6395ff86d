/**
 * What a server counts of its own work, under the names of Apache's (Java `ServerMetrics`): the word `mntr`, the admin command
 * `monitor` and Prometheus tell them. Plain numbers that are there from the start, so that counting allocates nothing.
 */

/** How many values there were, their sum, the smallest and the largest (Java `AvgMinMaxCounter`). */
export class Summary {
  count = 0;
  sum = 0;
  private least = Number.POSITIVE_INFINITY;
  max = 0;

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.max) this.max = value;
  }

  /** 0 before the first value, as are the others. */
  get min(): number {
    return this.count === 0 ? 0 : this.least;
  }

  get avg(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  reset(): void {
    this.count = 0;
    this.sum = 0;
    this.least = Number.POSITIVE_INFINITY;
    this.max = 0;
  }
}

const WINDOW = 1024;

/**
 * A summary that also knows quantiles (Java `AvgMinMaxPercentileCounter`): of the newest 1024 values, where Apache's draws
 * lots among all since the start, so that a bad minute shows.
 */
export class Distribution extends Summary {
  private readonly window: number[] = [];

  override add(value: number): void {
    this.window[this.count % WINDOW] = value;
    super.add(value);
  }

  override reset(): void {
    super.reset();
    this.window.length = 0;
  }

  /** The values below which these fractions of the newest ones lie; 0 where there are none. */
  quantiles(fractions: readonly number[]): number[] {
    const sorted = [...this.window].sort((a, b) => a - b);
    return fractions.map((fraction) => sorted[Math.min(Math.floor(fraction * sorted.length), sorted.length - 1)] ?? 0);
  }
}

/** What the state machine counts. Times are in ms. */
export class Metrics {
  readonly counters = {
    auth_failed_count: 0,
    /** Connections that came while nobody was served. */
    cnxn_closed_without_zk_server_running: 0,
    /** On the leader. */
    commit_count: 0,
    /** Connections with a session that went without closing it. */
    connection_drop_count: 0,
    connection_request_count: 0,
    /** ConnectRequests for a session that there is already. */
    connection_revalidate_count: 0,
    /** Learners that were synchronised by transactions, and by a snapshot. */
    diff_count: 0,
    snap_count: 0,
    learner_commit_received_count: 0,
    learner_proposal_received_count: 0,
    looking_count: 0,
    /** On the leader. */
    proposal_count: 0,
    /** What a learner has asked its leader about sessions. */
    revalidate_count: 0,
    /** On the leader, or a server alone. */
    stale_sessions_expired: 0,
  };
  /** From the arrival of a request to its answer, whatever it was (Java `ServerStats`). */
  readonly requestLatencyMs = new Summary();
  /** Java's basic ones. */
  readonly summaries = {
    election_time: new Distribution(),
    /** On a follower, or an observer: from its LEADERINFO to its UPTODATE. */
    follower_sync_time: new Distribution(),
    observer_sync_time: new Distribution(),
    /** How many watches a change of the tree fired. */
    node_created_watch_count: new Distribution(),
    node_deleted_watch_count: new Distribution(),
    node_changed_watch_count: new Distribution(),
    node_children_watch_count: new Distribution(),
    /** From the end of one term to the service of the next; of a server that comes to lead, and of every one. */
    leader_unavailable_time: new Distribution(),
    unavailable_time: new Distribution(),
  };
  /** Java's advanced ones, which are told with more quantiles. */
  readonly distributions = {
    /** By the clocks of leader and learner: from the leader's timestamp to the arrival of its proposal. */
    proposal_latency: new Distribution(),
    /** Likewise, to the transaction's application here. */
    propagation_latency: new Distribution(),
    /** From the proposal to a quorum's acknowledgements, on the leader. */
    quorum_ack_latency: new Distribution(),
    /** From a request's arrival to its answer. */
    readlatency: new Distribution(),
    updatelatency: new Distribution(),
  };

  /** Starts anew (word `srst`). */
  reset(): void {
    for (const name of Object.keys(this.counters) as (keyof typeof this.counters)[]) this.counters[name] = 0;
    this.requestLatencyMs.reset();
    for (const summary of Object.values(this.summaries)) summary.reset();
    for (const distribution of Object.values(this.distributions)) distribution.reset();
  }
}
