/** The texts of `inspect` without React, and states to try them on: for tests. */
import type { TracedVote } from '@vivarium/shared/cluster-event';
import { type ClusterState, type ElectionView, emptyState, type ServerView } from '@vivarium/shared/cluster-state';
import { createInstance } from 'i18next';
import type { Language } from '../../../components/format.ts';
import english from '../../../i18n/en/inspect.json';
import chinese from '../../../i18n/zh/inspect.json';
import type { Translate } from './text.ts';

/** Makes texts of a language, with every parameter filled in; a key that is not there throws. */
export function textsOf(language: Language): Translate {
  const i18n = createInstance({
    lng: language,
    resources: { en: { inspect: english }, zh: { inspect: chinese } },
    defaultNS: 'inspect',
    interpolation: { escapeValue: false },
  });
  void i18n.init();
  return (key, params = {}) => {
    const text = i18n.t(key, { ...params });
    if (text === key) throw new Error(`no text for ${key} in ${language}`);
    const open = /\{\{\s*(\w+)/.exec(text)?.[1];
    if (open !== undefined) throw new Error(`${key} in ${language} has no ${open}`);
    return text;
  };
}

/** A vote in an election. */
export function vote(peerEpoch: number, zxid: string, leader: number): TracedVote {
  return { leader, zxid, peerEpoch, electionEpoch: 1, state: 'LOOKING' };
}

/** A voter whose process runs. */
export function server(sid: number, change: Partial<ServerView> = {}): ServerView {
  return {
    sid,
    member: { role: 'participant', host: '127.0.0.1', clientPort: 2000 + sid, quorumPort: 3000, electionPort: 4000 },
    process: { state: 'running', pid: 100 + sid, by: null, exit: null, lastLines: [], sinceMs: 0 },
    state: 'LOOKING',
    phase: 'ELECTION',
    epoch: 7,
    leader: null,
    sinceMs: 0,
    unreachable: null,
    vote: null,
    log: [],
    lastLogged: '0x0',
    lastCommitted: '0x0',
    lastApplied: '0x0',
    connections: 0,
    sync: null,
    lastEventMs: 0,
    ...change,
  };
}

/** The state with these servers. */
export function stateWith(servers: readonly ServerView[], change: Partial<ClusterState> = {}): ClusterState {
  return { ...emptyState(), servers: Object.fromEntries(servers.map((one) => [one.sid, one])), ...change };
}

/** An open election of the voters, in which nobody has voted yet. */
export function election(voters: readonly number[], change: Partial<ElectionView> = {}): ElectionView {
  return {
    number: 9,
    startedAtMs: 1000,
    startedWallMs: 1000,
    cause: { kind: 'killed', sid: 4 },
    endedAtMs: null,
    leader: null,
    epoch: null,
    phase: 'ELECTION',
    quorum: Math.floor(voters.length / 2) + 1,
    voters,
    votes: {},
    heard: {},
    steps: [],
    ...change,
  };
}
