/** What a source of events is, what it can know and what can be done to it. */

export type SourceKind = 'hosted' | 'attached' | 'recorded' | 'simulated';

/** What can be asked of a cluster; a view leaves out what is false. */
export interface Capabilities {
  /** Events go on coming. */
  readonly live: boolean;
  /** Servers can be killed, stopped, started, restarted, paused and resumed. */
  readonly processes: boolean;
  /** Links can be cut, slowed and made to drop. */
  readonly faults: boolean;
  readonly addObserver: boolean;
  readonly readZnodes: boolean;
  /** Znodes can be read as they were at an earlier event. */
  readonly readPast: boolean;
  readonly writeZnodes: boolean;
}

/** Parts of what is shown whose origin a view names. */
export type Field = 'process' | 'role' | 'votes' | 'messages' | 'proposals' | 'sessions' | 'watches' | 'znodes';

/** Where a field comes from; `missing`: this source cannot know it. */
export type Origin = 'host' | 'trace' | 'client' | 'log' | 'recording' | 'missing';

export interface ClusterInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly capabilities: Capabilities;
  readonly provenance: Readonly<Record<Field, Origin>>;
  /** The numbers of the first and last event that is kept. */
  readonly kept: { readonly first: number; readonly last: number };
  /** Whether what happens is written to a file. */
  readonly recording: boolean;
  /** Where clients connect; null where there is no such place. */
  readonly connectString: string | null;
}
