import { rmSync } from 'node:fs';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { RecordedPast } from '../../recording/recorded-past.ts';
import { DEFAULT_RECORDING, Recorder } from '../../recording/recorder.ts';
import type { Feed } from '../feed.ts';

/**
 * What memory has no place for goes to files, of this run alone: numbers of events mean nothing in the next one. Null where
 * the disk refuses, which the log says; then the past is as long as memory.
 */
export function recordPast(
  directory: string,
  feed: Feed,
  info: () => ClusterInfo,
  log: (details: object, message: string) => void,
): Recorder | null {
  try {
    rmSync(directory, { recursive: true, force: true });
    const failed = (error: Error): void => log({ err: error }, 'the past is no longer written');
    const recorder = new Recorder({ directory, ...DEFAULT_RECORDING }, { feed, info, failed });
    feed.setPast(new RecordedPast(recorder));
    return recorder;
  } catch (error) {
    log({ err: error }, 'the past cannot be written');
    return null;
  }
}
