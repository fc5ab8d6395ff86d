/**
 * A server's whole state as bytes, and back: for seeking and forking in labs, and for comparing two runs. The state is
 * plain data and instances of the classes listed here, without closures, so one walk over the graph is enough.
 */
import { assert } from '@vivarium/shared/assert';
import { Random } from '@vivarium/shared/random';
import { JuteReader, JuteWriter } from '@vivarium/wire/jute';
import { ClientWatches } from './client/client-watches.ts';
import { Clients } from './client/clients.ts';
import { ConnectionStats } from './client/connection-stats.ts';
import { Handshake } from './client/handshake.ts';
import { Watches } from './client/watches.ts';
import { Committer } from './committer.ts';
import { Context } from './context.ts';
import { Database } from './database.ts';
import { FastLeaderElection } from './election/fast-leader-election.ts';
import { Epochs } from './epochs.ts';
import { History } from './history.ts';
import { Membership } from './membership/membership.ts';
import { Quorum } from './membership/quorum.ts';
import { Distribution, Metrics, Summary } from './metrics.ts';
import { PersistQueue } from './persist-queue.ts';
import { ReadOnlyService } from './read-only.ts';
import { RecentTxns } from './recent-txns.ts';
import { OutstandingChanges } from './request/outstanding-changes.ts';
import { PendingCharges } from './request/pending-charges.ts';
import { Primary } from './request/primary.ts';
import { QuotaWarnings } from './request/quota-warnings.ts';
import { Server } from './server.ts';
import { SessionIds } from './session/session-ids.ts';
import { SessionTracker } from './session/session-tracker.ts';
import { Standalone } from './standalone.ts';
import { AclCache } from './tree/acl-cache.ts';
import { DataTree } from './tree/data-tree.ts';
import { Quotas } from './tree/quotas.ts';
import { LeaderRole } from './zab/leader.ts';
import { LearnerRole } from './zab/learner.ts';
import { Proposals } from './zab/proposals.ts';

/** Every class that a server is made of; a capture names them by their place here. */
const CLASSES: readonly { readonly prototype: object; readonly name: string }[] = [
  Server,
  Context,
  Random,
  PersistQueue,
  History,
  RecentTxns,
  Epochs,
  Quorum,
  Membership,
  FastLeaderElection,
  Clients,
  Handshake,
  ClientWatches,
  Watches,
  SessionIds,
  ConnectionStats,
  Metrics,
  Summary,
  Distribution,
  Committer,
  Standalone,
  LeaderRole,
  LearnerRole,
  Proposals,
  ReadOnlyService,
  Primary,
  SessionTracker,
  OutstandingChanges,
  Database,
  DataTree,
  AclCache,
  Quotas,
  PendingCharges,
  QuotaWarnings,
];

const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  bigint: 5,
  string: 6,
  bytes: 7,
  array: 8,
  map: 9,
  set: 10,
  plain: 11,
  instance: 12,
  /** An object that has been met before. */
  again: 13,
} as const;

/** The state as bytes: the same for two servers exactly where their states are the same. */
export function capture(server: Server): Uint8Array {
  const writer = new JuteWriter(64 * 1024);
  const met = new Map<object, number>();
  write(writer, server, met);
  return writer.finish();
}

/** The server of a capture. */
function restore(bytes: Uint8Array): Server {
  const server = read(new JuteReader(bytes), []);
  assert(server instanceof Server, 'a capture holds a server');
  return server;
}

/** An independent copy of a server, between two steps. */
export function clone(server: Server): Server {
  return restore(capture(server));
}

function write(writer: JuteWriter, value: unknown, met: Map<object, number>): void {
  switch (typeof value) {
    case 'undefined':
      writer.byte(Tag.undefined);
      return;
    case 'boolean':
      writer.byte(value ? Tag.true : Tag.false);
      return;
    case 'number':
      writer.byte(Tag.number);
      writer.raw(float64Bytes(value));
      return;
    case 'bigint':
      writer.byte(Tag.bigint).string(value.toString(16));
      return;
    case 'string':
      writer.byte(Tag.string).string(value);
      return;
    case 'object':
      if (value === null) writer.byte(Tag.null);
      else writeObject(writer, value, met);
      return;
    default:
      assert(false, `a server's state holds a ${typeof value}`);
  }
}

function writeObject(writer: JuteWriter, value: object, met: Map<object, number>): void {
  const known = met.get(value);
  if (known !== undefined) {
    writer.byte(Tag.again).int(known);
    return;
  }
  met.set(value, met.size);
  if (value instanceof Uint8Array) {
    writer.byte(Tag.bytes).buffer(value);
  } else if (Array.isArray(value)) {
    writer.byte(Tag.array).int(value.length);
    for (const item of value) write(writer, item, met);
  } else if (value instanceof Map) {
    writer.byte(Tag.map).int(value.size);
    for (const [key, item] of value) {
      write(writer, key, met);
      write(writer, item, met);
    }
  } else if (value instanceof Set) {
    writer.byte(Tag.set).int(value.size);
    for (const item of value) write(writer, item, met);
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      writer.byte(Tag.plain);
    } else {
      const index = CLASSES.findIndex((known) => known.prototype === prototype);
      assert(index >= 0, `a server's state holds an instance of an unlisted class`);
      writer.byte(Tag.instance).int(index);
    }
    const entries = Object.entries(value);
    writer.int(entries.length);
    for (const [key, item] of entries) {
      writer.string(key);
      write(writer, item, met);
    }
  }
}

function read(reader: JuteReader, met: object[]): unknown {
  const tag = reader.byte();
  switch (tag) {
    case Tag.undefined:
      return undefined;
    case Tag.null:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.number:
      return readFloat64(reader);
    case Tag.bigint: {
      const text = reader.text();
      return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
    }
    case Tag.string:
      return reader.text();
    case Tag.again:
      return met[reader.int()];
    default:
      return readObject(tag, reader, met);
  }
}

function readObject(tag: number, reader: JuteReader, met: object[]): object {
  switch (tag) {
    case Tag.bytes: {
      const bytes = reader.buffer() ?? new Uint8Array(0);
      met.push(bytes);
      return bytes;
    }
    case Tag.array: {
      const items: unknown[] = [];
      met.push(items);
      for (let left = reader.int(); left > 0; left--) items.push(read(reader, met));
      return items;
    }
    case Tag.map: {
      const map = new Map<unknown, unknown>();
      met.push(map);
      for (let left = reader.int(); left > 0; left--) {
        const key = read(reader, met);
        map.set(key, read(reader, met));
      }
      return map;
    }
    case Tag.set: {
      const set = new Set<unknown>();
      met.push(set);
      for (let left = reader.int(); left > 0; left--) set.add(read(reader, met));
      return set;
    }
    default: {
      assert(tag === Tag.plain || tag === Tag.instance, `a capture with tag ${tag}`);
      const prototype = tag === Tag.plain ? Object.prototype : CLASSES[reader.int()]?.prototype;
      assert(prototype !== undefined, 'a capture names a listed class');
      const value: Record<string, unknown> = Object.create(prototype);
      met.push(value);
      for (let left = reader.int(); left > 0; left--) {
        const key = reader.text();
        value[key] = read(reader, met);
      }
      return value;
    }
  }
}

function float64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

function readFloat64(reader: JuteReader): number {
  const bits = reader.long();
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}
