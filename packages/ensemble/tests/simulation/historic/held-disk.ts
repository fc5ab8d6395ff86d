import type { Random } from '@vivarium/shared/random';
import { type Later, SimulatedDisk } from '@vivarium/simulation/disk';
import { DiskError, type SyncDone } from '../../../storage/disk.ts';

/** A disk for a scenario: its syncs can be made to wait, all of them or all behind the next few. */
export class HeldDisk extends SimulatedDisk<DiskError> {
  private allowed = Number.POSITIVE_INFINITY;
  private held: (() => void)[] = [];

  constructor(random: Random) {
    const makeFault = (code: string, path: string, message: string): DiskError => new DiskError(code, path, message);
    super({ random, minSyncMs: 0.2, maxSyncMs: 1, makeFault });
  }

  /** Whether a sync waits. */
  get stalled(): boolean {
    return this.held.length > 0;
  }

  /** Lets `count` more syncs through; later ones wait, and are neither durable nor reported. */
  holdAfter(count: number): void {
    this.allowed = count;
  }

  /** Lets everything go on. */
  release(): void {
    this.allowed = Number.POSITIVE_INFINITY;
    const { held } = this;
    this.held = [];
    for (const sync of held) sync();
  }

  /** A new life of the server: what the former one waited for concerns nobody. */
  override attach(later: Later): void {
    this.held = [];
    super.attach(later);
  }

  override sync(path: string, done: SyncDone): void {
    this.pass(() => super.sync(path, done));
  }

  override syncDirectory(directory: string, done: SyncDone): void {
    this.pass(() => super.syncDirectory(directory, done));
  }

  private pass(sync: () => void): void {
    if (this.allowed-- > 0) sync();
    else this.held.push(sync);
  }
}
