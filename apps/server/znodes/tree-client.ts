import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { RequestGate } from './request-gate.ts';

type Method<Name extends keyof ZooKeeperClient> = ZooKeeperClient[Name];

/** The requests by which a tree is read and changed, each of which waits its turn at the cluster's gate. */
export class TreeClient {
  /** The session that they are sent by. */
  readonly session: ZooKeeperClient;
  private readonly gate: RequestGate;

  constructor(session: ZooKeeperClient, gate: RequestGate) {
    this.session = session;
    this.gate = gate;
  }

  /** Nothing where there is no leader to be in step with: a server without a quorum refuses it. */
  readonly sync: Method<'sync'> = async (...args) => {
    if (this.session.state !== 'connectedReadOnly') await this.gate.run(() => this.session.sync(...args));
  };
  readonly exists: Method<'exists'> = (...args) => this.gate.run(() => this.session.exists(...args));
  readonly getData: Method<'getData'> = (...args) => this.gate.run(() => this.session.getData(...args));
  readonly getAcl: Method<'getAcl'> = (...args) => this.gate.run(() => this.session.getAcl(...args));
  readonly getChildren: Method<'getChildren'> = (...args) => this.gate.run(() => this.session.getChildren(...args));
  readonly addWatch: Method<'addWatch'> = (...args) => this.gate.run(() => this.session.addWatch(...args));
  readonly removeWatches: Method<'removeWatches'> = (...args) =>
    this.gate.run(() => this.session.removeWatches(...args));
  readonly create: Method<'create'> = (...args) => this.gate.run(() => this.session.create(...args));
  readonly setData: Method<'setData'> = (...args) => this.gate.run(() => this.session.setData(...args));
  readonly delete: Method<'delete'> = (...args) => this.gate.run(() => this.session.delete(...args));
  readonly multi: Method<'multi'> = (...args) => this.gate.run(() => this.session.multi(...args));
}
