/**
 * What a server promises to a peer must be on its disk: not by what storage has said, but by what the simulated disk would
 * have after a loss of power at this very moment.
 */
import { decodeUtf8 } from '@vivarium/shared/utf8';
import { counterOf, epochOf, formatHex, type Zxid } from '@vivarium/shared/zxid';
import { LOG_HEADER_BYTES, readLogEntry } from '@vivarium/wire/log-record';
import { PacketType, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import { zxidOfTxn } from '@vivarium/wire/txn';
import type { Output } from '../core/io.ts';
import {
  ACCEPTED_EPOCH,
  CURRENT_EPOCH,
  installingAmong,
  logsAmong,
  snapshotsAmong,
  VERSION_DIRECTORY,
} from '../storage/file-names.ts';
import type { Disks } from './durable-state.ts';
import type { Violations } from './violations.ts';

export class DurabilityChecker {
  private readonly sid: number;
  private readonly disks: Disks;
  private readonly violations: Violations;
  /** The newest durable log as far as it has been read; null where it has to be read from its beginning. */
  private read: { readonly path: string; readonly names: number; offset: number; last: Zxid } | null = null;

  /** The end of the log when the current epoch was last given to storage: what an ACK of NEWLEADER stands for. */
  private beforeEpoch: Zxid | null = null;

  constructor(sid: number, disks: Disks, violations: Violations) {
    this.sid = sid;
    this.disks = disks;
    this.violations = violations;
  }

  /** The files have changed otherwise than by being appended to. */
  forget(): void {
    this.read = null;
    this.beforeEpoch = null;
  }

  /** Before each output is carried out. `lastLogged`: the last transaction that was given to storage, where that is known. */
  output(output: Output, lastLogged: Zxid | null): void {
    if (output.kind === 'persist' && output.write.kind === 'currentEpoch') this.beforeEpoch = lastLogged;
    else if (output.kind === 'sendPacket') this.sends(output.packet);
  }

  private sends({ type, zxid }: QuorumPacket): void {
    switch (type) {
      case PacketType.ACK:
        if (counterOf(zxid) !== 0) {
          this.expectLogged(zxid, 'ACK');
          return;
        }
        if (this.beforeEpoch !== null) this.expectLogged(this.beforeEpoch, 'ACK of NEWLEADER');
        this.expectEpoch(CURRENT_EPOCH, epochOf(zxid), 'ACK of NEWLEADER');
        return;
      case PacketType.LEADERINFO:
      case PacketType.NEWLEADER:
        this.expectEpoch(ACCEPTED_EPOCH, epochOf(zxid), 'LEADERINFO');
        return;
      default:
        return;
    }
  }

  /** AckDurable. */
  private expectLogged(zxid: Zxid, packet: string): void {
    const tip = this.durableTip();
    if (tip >= zxid) return;
    this.violations.add(
      'AckDurable',
      `s${this.sid} sends ${packet} of ${formatHex(zxid)} with ${formatHex(tip)} on its disk`,
    );
  }

  /** EpochDurable. */
  private expectEpoch(path: string, epoch: number, packet: string): void {
    const content = this.disks.data.durableContent(path);
    const durable = content === null ? -1 : Number(decodeUtf8(content));
    if (durable >= epoch) return;
    this.violations.add('EpochDurable', `s${this.sid} sends ${packet} of epoch ${epoch} with ${path} at ${durable}`);
  }

  /** The last transaction that the disks would give back. */
  durableTip(): Zxid {
    const { data, log } = this.disks;
    const names = log.durableNamesVersion;
    if (this.read === null || this.read.names !== names) {
      this.read = null;
      const logs = logsAmong(log.durableNames(VERSION_DIRECTORY));
      // A log that was begun and has nothing durable in it yet is not the last word.
      for (const { path } of logs.reverse()) {
        this.read = { path, names, offset: LOG_HEADER_BYTES, last: -1n };
        this.readOn(this.read);
        if (this.read.last >= 0n) break;
      }
    } else {
      this.readOn(this.read);
    }
    const last = this.read?.last ?? -1n;
    if (last >= 0n) return last;
    const files = data.durableNames(VERSION_DIRECTORY);
    return installingAmong(files)?.zxid ?? snapshotsAmong(files).at(-1)?.zxid ?? -1n;
  }

  private readOn(read: { readonly path: string; offset: number; last: Zxid }): void {
    const bytes = this.disks.log.durableContent(read.path);
    if (bytes === null) return;
    while (read.offset < bytes.length) {
      const entry = readLogEntry(bytes, read.offset);
      if (entry.kind !== 'record') return;
      read.last = zxidOfTxn(entry.payload);
      read.offset = entry.end;
    }
  }
}
