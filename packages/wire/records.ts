/** The records that several protocols share: Id, ACL and Stat. */
import type { Acl, Id } from '@vivarium/shared/acl';
import type { Stat, StatPersisted } from '@vivarium/shared/stat';
import type { JuteReader, JuteWriter } from './jute.ts';

export function writeId(writer: JuteWriter, id: Id): void {
  writer.string(id.scheme).string(id.id);
}

export function readId(reader: JuteReader): Id {
  return { scheme: reader.text(), id: reader.text() };
}

export function writeAcl(writer: JuteWriter, acl: Acl): void {
  writer.int(acl.perms);
  writeId(writer, acl.id);
}

export function readAcl(reader: JuteReader): Acl {
  return { perms: reader.int(), id: readId(reader) };
}

/** Stat of the client protocol: 68 bytes. */
export function writeStat(writer: JuteWriter, stat: Stat): void {
  writer.long(stat.czxid).long(stat.mzxid).longNumber(stat.ctimeMs).longNumber(stat.mtimeMs);
  writer.int(stat.version).int(stat.cversion).int(stat.aversion).long(stat.ephemeralOwner);
  writer.int(stat.dataLength).int(stat.numChildren).long(stat.pzxid);
}

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: reader.long(),
    mzxid: reader.long(),
    ctimeMs: reader.longNumber(),
    mtimeMs: reader.longNumber(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.long(),
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: reader.long(),
  };
}

/** StatPersisted of snapshots: Stat without the two lengths, `cversion` raw. */
export function writeStatPersisted(writer: JuteWriter, stat: StatPersisted): void {
  writer.long(stat.czxid).long(stat.mzxid).longNumber(stat.ctimeMs).longNumber(stat.mtimeMs);
  writer.int(stat.version).int(stat.cversion).int(stat.aversion).long(stat.ephemeralOwner).long(stat.pzxid);
}

export function readStatPersisted(reader: JuteReader): StatPersisted {
  const czxid = reader.long();
  const mzxid = sameOr(czxid, reader.long());
  return {
    czxid,
    mzxid,
    ctimeMs: reader.longNumber(),
    mtimeMs: reader.longNumber(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: sameOr(0n, reader.long()),
    pzxid: sameOr(mzxid, reader.long()),
  };
}

/** The first of two equal numbers: of a million nodes most have one zxid three times, and each by itself takes memory. */
function sameOr(known: bigint, read: bigint): bigint {
  return known === read ? known : read;
}
