import { counterOf, epochOf, makeZxid } from '@vivarium/shared/zxid';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn, Recovered, Write } from '../core/io.ts';
import { databaseOf, makeTxn, StorageRig } from '../tests/harness/storage-rig.ts';

/** What the writes so far make, whether or not they are durable. */
interface State {
  readonly history: readonly LoggedTxn[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
}

type Command =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'epoch' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'install'; readonly keep: number; readonly count: number }
  | { readonly kind: 'truncate'; readonly back: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'crash'; readonly power: boolean };

const commands = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 12 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'epoch' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('install' as const),
        keep: fc.integer({ min: 0, max: 30 }),
        count: fc.integer({ min: 0, max: 5 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('truncate' as const), back: fc.integer({ min: 0, max: 15 }) }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('crash' as const), power: fc.boolean() }) },
  ),
  { minLength: 3, maxLength: 40 },
);

/** Drives a storage at random and holds what it brings back against what it was told. */
class Model {
  private readonly rig: StorageRig;
  private state: State = { history: [], acceptedEpoch: 0, currentEpoch: 0 };
  /** The states that a recovery may bring back: the last durable one and all behind it. */
  private possible: { writeId: number; state: State }[] = [];
  private writeId = 0;
  private truncating: bigint | null = null;

  constructor(seed: number, disks: 1 | 2) {
    this.rig = new StorageRig(seed, disks);
    this.restart();
  }

  private restart(): void {
    const recovered = this.rig.start();
    if (this.possible.length === 0) this.possible.push({ writeId: 0, state: this.state });
    const found = this.matching(recovered);
    expect(found, describeRecovered(recovered, this.possible)).toBeDefined();
    const { state, index } = found as { state: State; index: number };
    this.checkRecent(recovered, state);
    this.state = state;
    this.writeId = 0;
    // What a killed process has left in the system's memory is read back and not durable yet: power may still take it.
    this.possible = this.possible.slice(0, index + 1).map((entry) => ({ writeId: 0, state: entry.state }));
    this.possible.push({ writeId: 0, state });
  }

  private matching(recovered: Recovered): { state: State; index: number } | undefined {
    const { database, acceptedEpoch, currentEpoch } = recovered;
    for (const [index, { state }] of this.possible.entries()) {
      if (state.acceptedEpoch !== acceptedEpoch) continue;
      const last = state.history.at(-1)?.zxid ?? 0n;
      if (database.lastZxid !== last) continue;
      // Who has a transaction of an epoch counts itself to it.
      if (Math.max(state.currentEpoch, epochOf(last)) !== currentEpoch) continue;
      if (databaseOf(state.history).tree.digest !== database.tree.digest) continue;
      return { state: { ...state, currentEpoch }, index };
    }
    return undefined;
  }

  private checkRecent(recovered: Recovered, state: State): void {
    const { recent } = recovered;
    const tail = state.history.slice(state.history.length - recent.length);
    expect(recent.map((txn) => txn.zxid)).toEqual(tail.map((txn) => txn.zxid));
  }

  private execute(write: Write, state: State): void {
    this.writeId++;
    this.state = state;
    this.possible.push({ writeId: this.writeId, state });
    this.rig.storage.execute(this.writeId, write);
    this.forgetOld();
  }

  /** What is reported durable, no recovery may go back behind. */
  private forgetOld(): void {
    if (this.rig.persistedId === 0 || this.truncating !== null) return;
    const durable = this.possible.findLastIndex((entry) => entry.writeId <= this.rig.persistedId);
    this.possible = this.possible.slice(Math.max(0, durable));
  }

  private nextTxn(history: readonly LoggedTxn[], epoch: number): LoggedTxn {
    const last = history.at(-1)?.zxid ?? 0n;
    return makeTxn(epochOf(last) === epoch ? last + 1n : makeZxid(epoch, 1));
  }

  run(command: Command): void {
    if (this.truncating !== null && command.kind !== 'wait' && command.kind !== 'crash') this.settle();
    const { state } = this;
    switch (command.kind) {
      case 'append':
        if (state.currentEpoch === 0) this.newEpoch();
        for (let i = 0; i < command.count; i++) {
          const txn = this.nextTxn(this.state.history, this.state.currentEpoch);
          this.execute({ kind: 'append', txn }, { ...this.state, history: [...this.state.history, txn] });
        }
        return;
      case 'epoch':
        this.newEpoch();
        return;
      case 'snapshot':
        this.rig.storage.takeSnapshot(databaseOf(state.history).snapshot(), this.rig.pace);
        return;
      case 'install':
        this.install(command.keep, command.count);
        return;
      case 'truncate':
        this.truncate(command.back);
        return;
      case 'wait':
        this.rig.clock.runUntil(this.rig.clock.nowMs + command.ms);
        this.forgetOld();
        return;
      case 'crash':
        this.crash(command.power);
    }
  }

  private newEpoch(): void {
    const epoch = this.state.acceptedEpoch + 1;
    this.execute({ kind: 'acceptedEpoch', epoch }, { ...this.state, acceptedEpoch: epoch });
    this.execute({ kind: 'currentEpoch', epoch }, { ...this.state, currentEpoch: epoch });
  }

  /** A leader's history: a part of this server's and then its own. */
  private install(keep: number, count: number): void {
    const epoch = this.state.acceptedEpoch + 2;
    this.execute({ kind: 'acceptedEpoch', epoch }, { ...this.state, acceptedEpoch: epoch });
    const history = this.state.history.slice(0, keep);
    for (let i = 0; i < count; i++) history.push(this.nextTxn(history, epoch - 1));
    if (history.length === 0) return;
    const snapshot = databaseOf(history).snapshot();
    this.execute({ kind: 'installSnapshot', snapshot }, { ...this.state, history });
    this.execute({ kind: 'currentEpoch', epoch }, { ...this.state, currentEpoch: epoch });
  }

  private truncate(back: number): void {
    this.settle();
    const { history } = this.state;
    const target = history.at(-1 - back)?.zxid;
    if (target === undefined) return;
    this.truncating = target;
    const full = this.state;
    // Until the answer any end between the two is possible.
    const shorter: State[] = [];
    for (let length = history.length - 1; length >= history.length - back; length--) {
      shorter.push({ ...full, history: history.slice(0, length) });
    }
    const base = this.writeId;
    this.possible = [full, ...shorter].map((state) => ({ writeId: base, state }));
    this.rig.storage.truncate(target, (result) => {
      this.truncating = null;
      // A snapshot that another server sent is where this one's history begins.
      if (result.ok) {
        expect(result.recovered.database.lastZxid).toBe(target);
        this.state = { ...full, history: history.slice(0, history.length - back) };
      }
      this.possible = [{ writeId: base, state: this.state }];
    });
  }

  private crash(power: boolean): void {
    this.forgetOld();
    this.truncating = null;
    this.rig.stop(power);
    this.restart();
    // Recovery only reads, and its repairs may be lost as well.
    this.rig.stop(power);
    this.restart();
  }

  settle(): void {
    this.rig.settle();
    if (this.truncating === null) this.possible = [{ writeId: this.writeId, state: this.state }];
    expect(this.rig.faults).toEqual([]);
    expect(this.truncating).toBeNull();
    expect(this.rig.persistedId).toBe(this.writeId);
  }

  finish(): void {
    this.settle();
    this.possible = [{ writeId: this.writeId, state: this.state }];
    this.crash(true);
  }
}

function describeRecovered(recovered: Recovered, possible: readonly { state: State }[]): string {
  const name = (zxid: bigint) => `${epochOf(zxid)}.${counterOf(zxid)}`;
  const states = possible.map(
    ({ state }) => `${name(state.history.at(-1)?.zxid ?? 0n)} a${state.acceptedEpoch} c${state.currentEpoch}`,
  );
  const { database, acceptedEpoch, currentEpoch } = recovered;
  return `recovered ${name(database.lastZxid)} a${acceptedEpoch} c${currentEpoch}, possible: ${states.join(', ')}`;
}

describe('storage through crashes', () => {
  it('brings back all that was reported durable, and nothing that was never written', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1 as const, 2 as const), commands, (seed, disks, list) => {
        const model = new Model(seed, disks);
        for (const command of list) model.run(command);
        model.finish();
      }),
      { numRuns: 400 },
    );
  });
});
