/** The whole check: a history and the servers' logs in, broken promises out. */
import { checkOrder, type Disturbance, Frontier } from './check-order.ts';
import { checkState, type HistoryIndex, type StateCheck } from './check-state.ts';
import { committedTxns, type KeptLog } from './committed-log.ts';
import type { Findings } from './findings.ts';
import type { History, Operation } from './history.ts';

export interface CheckOptions {
  readonly logs: readonly KeptLog[];
  readonly read: (path: string) => Uint8Array;
  readonly tickTimeMs: number;
  /** How long a server stays disturbed after its fault has ended: until it has noticed that it was left behind. */
  readonly aftermathMs: number;
}

/** An answer within so many ms came from a server that was awake. */
const FIRM_ANSWER_MS = 250;

/** Reads the history three times: for where things are, against the tree, and in its own order. */
export function checkHistory(history: History, options: CheckOptions, findings: Findings): StateCheck {
  const { index, frontier, disturbances } = readThrough(history, options);
  const state = checkState(history, index, committedTxns(options.logs, options.read, findings), findings);
  checkOrder(
    history,
    state,
    { frontier, disturbances, firmAnswerMs: FIRM_ANSWER_MS, expirySlackMs: options.tickTimeMs * 2 },
    findings,
  );
  return state;
}

function readThrough(
  history: History,
  { tickTimeMs, aftermathMs }: CheckOptions,
): { index: HistoryIndex; frontier: Frontier; disturbances: Disturbance[] } {
  const frontier = new Frontier();
  const disturbances: Disturbance[] = [];
  const unknown = new Map<string, Operation>();
  let zxids = new Float64Array(1024);
  let answered = 0;
  let number = 0;
  for (const entry of history.entries()) {
    if (number === zxids.length) {
      const larger = new Float64Array(zxids.length * 2);
      larger.set(zxids);
      zxids = larger;
    }
    let zxid = -1;
    if (entry.kind === 'op') {
      if (entry.zxid === null) unknown.set(`${entry.session} ${entry.cxid}`, entry);
      else {
        zxid = entry.zxid;
        answered++;
        frontier.add(entry.doneMs, zxid);
      }
    }
    if (entry.kind === 'fault') {
      const { servers, sentMs, doneMs } = entry;
      // What a follower has not passed on yet when it is hit is lost.
      disturbances.push({ servers, fromMs: sentMs - 2 * tickTimeMs, toMs: doneMs + aftermathMs });
    }
    zxids[number++] = zxid;
  }
  const byZxid = new Uint32Array(answered);
  let filled = 0;
  for (let at = 0; at < number; at++) if ((zxids[at] ?? -1) >= 0) byZxid[filled++] = at;
  byZxid.sort((a, b) => (zxids[a] ?? 0) - (zxids[b] ?? 0) || a - b);
  return { index: { byZxid, zxids, unknown }, frontier, disturbances };
}
