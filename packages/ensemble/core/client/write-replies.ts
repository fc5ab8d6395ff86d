/** The bodies of replies to writes (Java `FinalRequestProcessor`). */
import { JuteError, type JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiResult, ReplyBody } from '@vivarium/wire/replies';
import { readRequest } from '@vivarium/wire/requests';
import type { Txn } from '@vivarium/wire/txn';
import type { AppliedTxn } from '../database.ts';

/** A body without any bytes, which is what a reply with an error has too. */
export const EMPTY: ReplyBody = { kind: 'empty' };

/** The types of a multi's operations; null where it cannot be decoded, for which the primary answers. */
export function multiOpTypes(reader: JuteReader): OpCode[] | null {
  try {
    const request = readRequest(OpCode.multi, reader);
    return request?.type === OpCode.multi ? request.ops.map((op) => op.type) : null;
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return null;
  }
}

/** The reply's body to a write that succeeded. `ops`: of a multi, what `multiOpTypes` has said. */
export function writeBody(
  { type, ops }: { type: OpCode; ops: readonly OpCode[] | null },
  txn: Txn,
  applied: AppliedTxn,
): ReplyBody {
  switch (type) {
    case OpCode.reconfig:
      return txn.type !== OpCode.reconfig || applied.stat === null
        ? EMPTY
        : { kind: 'dataStat', data: txn.data, stat: applied.stat };
    case OpCode.create:
      return { kind: 'path', path: applied.path ?? '' };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applied.stat === null ? EMPTY : { kind: 'pathStat', path: applied.path ?? '', stat: applied.stat };
    case OpCode.setData:
    case OpCode.setACL:
      return applied.stat === null ? EMPTY : { kind: 'stat', stat: applied.stat };
    case OpCode.multi:
      return { kind: 'multi', results: (applied.results ?? []).map((result, i) => multiResult(result, ops?.[i])) };
    default:
      return EMPTY;
  }
}

/** A Stat is only for who asked for it; the transaction does not tell (see `prepareMulti`). */
function multiResult(result: MultiResult, op: OpCode | undefined): MultiResult {
  return result.type === OpCode.create2 && op === OpCode.create ? { type: OpCode.create, path: result.path } : result;
}
