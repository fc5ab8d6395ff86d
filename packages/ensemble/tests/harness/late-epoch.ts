/**
 * Preloaded into one server of ours, it makes that server lead on in the epoch of its last transaction, as if it had been the
 * leader all the time: the only way to a leader whose counter runs out, short of four thousand million writes. The server's
 * directory ends near the end of its epoch; the other servers have not been in that epoch.
 */
import { counterOf, epochOf } from '@vivarium/shared/zxid';
import { History } from '../../core/history.ts';
import { Storage } from '../../storage/storage.ts';

/** Where an epoch counts as late. */
const LATE_COUNTER = 0xffff0000;

const { recover } = Storage.prototype;
Storage.prototype.recover = function (this: Storage) {
  const recovered = recover.call(this);
  const { lastZxid } = recovered.database;
  // The epoch that a leader tries for is the one after the last that was accepted.
  return counterOf(lastZxid) < LATE_COUNTER ? recovered : { ...recovered, acceptedEpoch: epochOf(lastZxid) - 1 };
};

const { enterEpoch } = History.prototype;
History.prototype.enterEpoch = function (this: History, zxid: bigint) {
  if (zxid > this.database.lastZxid) enterEpoch.call(this, zxid);
};
