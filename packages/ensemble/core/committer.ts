import type { Acl } from '@vivarium/shared/acl';
import { formatHex } from '@vivarium/shared/zxid';
import type { WatchEventType } from '@vivarium/wire/replies';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { Clients } from './client/clients.ts';
import type { Context } from './context.ts';
import type { History } from './history.ts';

/**
 * The last step of every transaction, in every role: the tree applies it, watches fire, the client is answered. Events go
 * out before the reply that shows their change, also to the client that caused it.
 */
export class Committer {
  private readonly context: Context;
  private readonly history: History;
  private readonly clients: Clients;

  constructor(context: Context, history: History, clients: Clients) {
    this.context = context;
    this.history = history;
    this.clients = clients;
  }

  /** Commits the oldest uncommitted transaction, which must be this one. */
  commit(zxid: bigint): TxnRecord {
    if (this.context.tracing) this.context.trace({ kind: 'committed', zxid: formatHex(zxid) });
    const listener = (type: WatchEventType, path: string, acl: readonly Acl[]): void => {
      this.clients.watches.changed(type, path, acl, zxid);
    };
    const { record, applied } = this.history.commit(zxid, listener);
    const { metrics, now } = this.context;
    metrics.distributions.propagation_latency.add(Math.max(0, now.wallMs - record.header.timeMs));
    this.clients.committed(record, applied);
    return record;
  }
}
