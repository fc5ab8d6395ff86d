/** How Java prints what the formats are made of. */
import { OpCode } from '@vivarium/wire/op-code';

const PIECES_PER_CHUNK = 1024;

/** One text of up to millions of items: a string that grows by each would keep all of them, and the collector busy for seconds. */
export function joined<T>(items: Iterable<T>, textOf: (item: T) => string, separator = ''): string {
  const chunks: string[] = [];
  let chunk: string[] = [];
  for (const item of items) {
    chunk.push(textOf(item));
    if (chunk.length < PIECES_PER_CHUNK) continue;
    chunks.push(chunk.join(separator));
    chunk = [];
  }
  if (chunk.length > 0) chunks.push(chunk.join(separator));
  return chunks.join(separator);
}

/** A double that was rounded to four places: `0.0`, `1.2256`. */
export function javaDouble(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}

/** `Sat Nov 21 13:07:03 UTC 2026` (Java `Date.toString`). */
export function javaDate(wallMs: number): string {
  const date = new Date(wallMs);
  const [weekday, month, day, year, time] = date.toString().split(' ');
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return [weekday, month, day, time, zone, year].join(' ');
}

/** What `cons` calls the last operation (Java `FinalRequestProcessor`); `NA`: there was none. */
export function operationName(type: OpCode | null): string {
  return type === null ? 'NA' : (OPERATIONS.get(type) ?? 'NA');
}

const OPERATIONS = new Map<OpCode, string>([
  [OpCode.createSession, 'SESS'],
  [OpCode.closeSession, 'CLOS'],
  [OpCode.ping, 'PING'],
  [OpCode.create, 'CREA'],
  [OpCode.create2, 'CREA'],
  [OpCode.createContainer, 'CREA'],
  [OpCode.createTTL, 'CREA'],
  [OpCode.delete, 'DELE'],
  [OpCode.exists, 'EXIS'],
  [OpCode.getData, 'GETD'],
  [OpCode.setData, 'SETD'],
  [OpCode.getACL, 'GETA'],
  [OpCode.setACL, 'SETA'],
  [OpCode.getChildren, 'GETC'],
  [OpCode.getChildren2, 'GETC'],
  [OpCode.getAllChildrenNumber, 'GETACN'],
  [OpCode.getEphemerals, 'GETE'],
  [OpCode.sync, 'SYNC'],
  [OpCode.check, 'CHEC'],
  [OpCode.multi, 'MULT'],
  [OpCode.multiRead, 'MLTR'],
  [OpCode.reconfig, 'RECO'],
  [OpCode.setWatches, 'SETW'],
  [OpCode.setWatches2, 'STW2'],
  [OpCode.addWatch, 'ADDW'],
  [OpCode.checkWatches, 'CHKW'],
  [OpCode.removeWatches, 'REMW'],
  [OpCode.whoAmI, 'HOMI'],
]);
