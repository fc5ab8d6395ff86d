import type { ElectionView, TimeMark } from '@vivarium/shared/cluster-state';
import type { ServerAction } from '@vivarium/shared/contract/rest';
import type { SourceKind } from '@vivarium/shared/contract/source';
import { expect, test } from 'vitest';
import english from '../../i18n/en/frame.json' with { type: 'json' };
import type { FeedState } from '../feed-state.ts';
import type { HealthReason, HealthWord } from '../health.ts';
import type { ThemeChoice } from '../theme.ts';

/** All members of a union of strings: the compiler sees that none is missing. */
function all<T extends string>(members: Readonly<Record<T, true>>): readonly string[] {
  return Object.keys(members);
}

const plain = (texts: object) => [...new Set(Object.keys(texts).map((key) => key.replace(/_(?:zero|one|other)$/, '')))];

test('every word of health has a text', () => {
  const words = all<HealthWord>({ healthy: true, degraded: true, noLeader: true, quorumLost: true, unknown: true });
  expect(plain(english.health.word).sort()).toEqual([...words].sort());
});

test('every reason of health has a text', () => {
  const reasons = all<Exclude<HealthReason['code'], 'electing'>>({
    allSynced: true,
    behind: true,
    votersDown: true,
    votersPaused: true,
    notFollowing: true,
    observersDown: true,
    linksDisturbed: true,
    synchronising: true,
    leaderLost: true,
    tooFewUp: true,
    starting: true,
    nothingKnown: true,
  });
  expect(plain(english.health.reason).sort()).toEqual([...reasons].sort());
});

test('every cause of an election has a text, and so has an unknown one', () => {
  const causes = all<Exclude<ElectionView['cause']['kind'], 'rejoined'> | 'unknown'>({
    started: true,
    killed: true,
    died: true,
    stopped: true,
    paused: true,
    unreachable: true,
    lostQuorum: true,
    unknown: true,
  });
  expect(plain(english.health.electing).sort()).toEqual([...causes].sort());
});

test('every mark of the time bar has a text', () => {
  const marks = all<TimeMark['kind']>({
    election: true,
    elected: true,
    killed: true,
    died: true,
    stopped: true,
    started: true,
    paused: true,
    resumed: true,
    fault: true,
    healed: true,
    warning: true,
    dropped: true,
    lost: true,
    found: true,
  });
  expect(plain(english.mark).sort()).toEqual([...marks].sort());
});

test('every action, source, feed and theme has a text', () => {
  const actions = all<ServerAction>({
    kill: true,
    stop: true,
    start: true,
    restart: true,
    pause: true,
    resume: true,
    isolate: true,
    heal: true,
  });
  expect(plain(english.palette.action).sort()).toEqual([...actions].sort());
  const kinds = all<SourceKind>({ hosted: true, attached: true, recorded: true, simulated: true });
  expect(plain(english.sourceKind).sort()).toEqual([...kinds].sort());
  const feeds = all<FeedState['code']>({
    connecting: true,
    live: true,
    behind: true,
    reconnecting: true,
    refused: true,
    recorded: true,
  });
  expect(Object.keys(english.feed)).toEqual(expect.arrayContaining([...feeds]));
  expect(Object.keys(english.feed.about)).toEqual(expect.arrayContaining([...feeds]));
  const themes = all<ThemeChoice>({ auto: true, light: true, dark: true });
  expect(plain(english.theme).sort()).toEqual([...themes].sort());
});
