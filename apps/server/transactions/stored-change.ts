/** A change as a row: what kind it is, and what is known of its data, are bits of one number. */
import type { SQLInputValue } from 'node:sqlite';
import type { ZnodeChange } from '@vivarium/shared/cluster-event';
import { type ChangeData, type CommittedChange, MAX_KEPT_DATA_BYTES } from './committed-transaction.ts';
import { bytesOrNull, int, intOrNull, type Row } from './sql.ts';

const KINDS: readonly ZnodeChange['change'][] = ['created', 'dataChanged', 'deleted', 'aclChanged'];
const KIND = 3;
const READABLE = 4;
/** There are data on that side, whether they are kept or not. */
const BEFORE = 8;
const AFTER = 16;

/** The values of the columns behind `znode`. `room`: as many bytes of data may be kept. */
export function changeRow(
  { change, version, before, after, readable }: CommittedChange,
  room: number,
): SQLInputValue[] {
  const keptBefore = keptData(before, room);
  const keptAfter = keptData(after, room - (keptBefore?.length ?? 0));
  const flags =
    KINDS.indexOf(change) | (readable ? READABLE : 0) | (before === null ? 0 : BEFORE) | (after === null ? 0 : AFTER);
  return [flags, version, before?.bytes ?? null, after?.bytes ?? null, keptBefore, keptAfter];
}

/** The change of a row; without data where the row was read without. */
export function changeOfRow(row: Row, path: string): CommittedChange {
  const flags = int(row.flags);
  return {
    path,
    change: KINDS[flags & KIND] ?? 'dataChanged',
    version: int(row.version),
    before: side((flags & BEFORE) !== 0, row.before_bytes, row.before),
    after: side((flags & AFTER) !== 0, row.after_bytes, row.after),
    readable: (flags & READABLE) !== 0,
  };
}

function keptData(side: ChangeData | null, room: number): Uint8Array | null {
  const data = side?.data ?? null;
  return data !== null && data.length <= Math.min(room, MAX_KEPT_DATA_BYTES) ? data : null;
}

function side(isThere: boolean, bytes: Row[string] | undefined, data: Row[string] | undefined): ChangeData | null {
  return isThere ? { bytes: intOrNull(bytes), data: bytesOrNull(data) } : null;
}
