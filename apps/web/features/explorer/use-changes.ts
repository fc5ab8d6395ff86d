/** What the cluster's events say about znodes, handed to who shows them. */
import type { ZnodeChange } from '@vivarium/shared/cluster-event';
import { useEffect, useRef } from 'react';
import type { PlayerView } from '../../live/player.ts';
import { followRefresh, history } from '../../live/use-player.ts';
import { MARKED_MS, type RecentChanges } from './recent-changes.ts';

export interface AppliedChange extends Pick<ZnodeChange, 'path' | 'change'> {
  /** The first server that applied it said so: later ones only say that they have it as well. */
  readonly isNew: boolean;
}

interface ChangeListeners {
  onChange(change: AppliedChange): void;
  onOld(path: string): void;
  onMissed(): void;
}

/**
 * Follows the changes of znodes as they are applied live. Each server applies each of them: all are told of, because a read
 * goes to one server only, which may be the last. `onOld` is called where what was read of a path, its list above all, may be old,
 * and `onMissed` where changes happened that no event names.
 */
export function useChanges({ onChange, onOld, onMissed }: ChangeListeners): void {
  const latest = useRef({ onChange, onOld, onMissed });
  useEffect(() => {
    latest.current = { onChange, onOld, onMissed };
  });
  useEffect(() => followRefresh((paths) => paths.forEach((path) => void latest.current.onOld(path))), []);
  useEffect(() => {
    let newest = 0n;
    return history.follow(({ body }) => {
      if (body.kind === 'dropped') latest.current.onMissed();
      if (body.kind === 'znodeSeen') {
        const { path, change } = body;
        if (change === 'childrenChanged') latest.current.onOld(path);
        else latest.current.onChange({ path, change, isNew: true });
      }
      if (body.kind !== 'applied' || (body.changes.length === 0 && body.moreChanges === 0)) return;
      const zxid = BigInt(body.zxid);
      const isNew = zxid > newest;
      if (isNew) newest = zxid;
      for (const { path, change } of body.changes) latest.current.onChange({ path, change, isNew });
      if (body.moreChanges > 0) latest.current.onMissed();
    });
  }, []);
}

/** Another text after changes may have happened that no event told of, or not in time. */
export function missedMark({ connection, summarised, replay }: PlayerView): string {
  return `${connection === 'connected'} ${summarised} ${replay !== null}`;
}

/** Shows what `changes` was told, a few times a second, and lets it fade. */
export function useFading(changes: RecentChanges): void {
  useEffect(() => {
    const fading = setInterval(() => {
      if (changes.isEmpty) return;
      changes.forget(performance.now());
      changes.tell();
    }, FADE_STEP_MS);
    const telling = setInterval(() => {
      if (changes.isUntold) changes.tell();
    }, TELL_MS);
    return () => {
      clearInterval(fading);
      clearInterval(telling);
    };
  }, [changes]);
}

/** The marks' text counts seconds. */
const FADE_STEP_MS = MARKED_MS / 10;
const TELL_MS = 150;
