/** The two epoch files (Java `QuorumPeer`): acceptedEpoch is promised before a leader is followed, currentEpoch after it is. */
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { epochOf, formatHex, type Zxid } from '@vivarium/shared/zxid';
import type { Disk } from './disk.ts';
import { ACCEPTED_EPOCH, CURRENT_EPOCH } from './file-names.ts';
import { RESTORE_OR_REFETCH, RecoveryError } from './recovery-error.ts';
import { replaceFile, type Step } from './steps.ts';

interface Epochs {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly repairs: readonly Step[];
}

/**
 * Reads both and holds them against the last transaction. `fresh`: the server is a new one. Missing files are
 * those of a server that was standalone; the epoch of its last transaction stands for them. Throws `RecoveryError`.
 */
export function readEpochs(data: Disk, lastZxid: Zxid, fresh: boolean): Epochs {
  const logged = Math.max(0, epochOf(lastZxid));
  const current = readEpoch(data, CURRENT_EPOCH);
  const accepted = readEpoch(data, ACCEPTED_EPOCH);
  if (current !== null && accepted !== null && accepted < current) {
    throw new RecoveryError(ACCEPTED_EPOCH, `is ${accepted} but currentEpoch is ${current}`, RESTORE_OR_REFETCH);
  }
  if (fresh && ((current ?? 0) > 0 || (accepted ?? 0) > 0)) {
    const path = current === null ? ACCEPTED_EPOCH : CURRENT_EPOCH;
    throw new RecoveryError(
      path,
      `tells of epoch ${current ?? accepted} but there is neither snapshot nor log`,
      RESTORE_OR_REFETCH,
    );
  }
  const acceptedEpoch = accepted ?? Math.max(logged, current ?? 0);
  if (acceptedEpoch < logged) {
    const wrong = `is ${acceptedEpoch} but the last transaction is ${formatHex(lastZxid)}`;
    throw new RecoveryError(ACCEPTED_EPOCH, wrong, RESTORE_OR_REFETCH);
  }
  const repairs: Step[] = [];
  let currentEpoch = current ?? logged;
  if (currentEpoch < logged) {
    // A learner stopped while it was being synchronised: transactions are durable before the epoch is (ZOOKEEPER-4643).
    // Whoever has a transaction of an epoch has all history from before that epoch, so it may count itself to the epoch;
    // and Apache, which refuses to start from such a directory, can read it once this is written.
    currentEpoch = logged;
    repairs.push(writeEpoch(data, CURRENT_EPOCH, currentEpoch));
  }
  return { acceptedEpoch, currentEpoch, repairs };
}

/** Replaces an epoch file durably. */
export function writeEpoch(data: Disk, path: typeof ACCEPTED_EPOCH | typeof CURRENT_EPOCH, epoch: number): Step {
  return replaceFile(data, path, [encodeUtf8(String(epoch))]);
}

function readEpoch(data: Disk, path: string): number | null {
  const bytes = data.read(path);
  if (bytes === null) return null;
  const text = decodeUtf8(bytes).trim();
  // Of an Apache server whose disk was wiped and that has not found a leader yet.
  if (text === '-1') return null;
  const epoch = Number(text);
  if (!/^\d{1,10}$/.test(text) || epoch > 0x7fffffff)
    throw new RecoveryError(path, 'does not hold a number', RESTORE_OR_REFETCH);
  return epoch;
}
