import type { Finding, FindingCode, Severity } from '@vivarium/shared/contract/health';
import { expect, test } from 'vitest';
import { headlineOf, inOrder, isServed } from './headline.ts';
import { reportedWord } from './reported-word.ts';

function finding(id: string, severity: Severity, sinceMs: number | null, code: FindingCode = 'serverDown'): Finding {
  return {
    id,
    code,
    severity,
    params: {},
    sids: [],
    path: null,
    sinceMs,
    origin: 'words',
    heardMs: 0,
    evidence: { kind: 'none' },
    next: [],
  };
}

test('what is wrong is counted apart from what is coming, and the first is the oldest of what is wrong', () => {
  const findings = [finding('a', 'critical', 30), finding('b', 'warning', 20), finding('c', 'info', 10)];
  expect(headlineOf({ findings, word: 'atRisk' })).toEqual({ wrong: 2, coming: 1, firstMs: 20, isUnknown: false });
});

test('who was there before us has no beginning', () => {
  const findings = [finding('a', 'critical', null), finding('b', 'warning', 20)];
  expect(headlineOf({ findings, word: 'atRisk' }).firstMs).toBeNull();
});

test('nothing found is well only where something is known', () => {
  expect(headlineOf({ findings: [], word: 'healthy' }).isUnknown).toBe(false);
  expect(headlineOf({ findings: [], word: 'unknown' }).isUnknown).toBe(true);
});

test('the most serious come first, then the oldest', () => {
  const findings = [
    finding('info', 'info', 1),
    finding('late', 'warning', 30),
    finding('early', 'warning', 20),
    finding('before', 'warning', null),
    finding('critical', 'critical', 40),
  ];
  expect(inOrder(findings).map(({ id }) => id)).toEqual(['critical', 'before', 'early', 'late', 'info']);
});

test('clients are served where somebody leads and nothing says otherwise', () => {
  const known = { origin: 'election', heardMs: 0 } as const;
  const replica = {
    sid: 1,
    host: 'a',
    voter: true,
    role: { value: 'leader', ...known },
    lastZxid: null,
    behind: null,
    digest: null,
    latencyMs: null,
    outstanding: null,
    znodes: null,
    sessions: null,
    watches: null,
    connections: null,
    fsyncMs: null,
    upMs: null,
    version: null,
    series: { latencyMs: [], outstanding: [], znodes: [] },
  } as const;
  const report = {
    atMs: 0,
    word: 'healthy',
    findings: [],
    replicas: [replica],
    restart: [],
    blind: [],
    writesPerSecond: null,
    fromMs: 0,
  } as const;
  expect(isServed(report)).toBe(true);
  expect(isServed({ ...report, replicas: [] })).toBeNull();
  expect(isServed({ ...report, findings: [finding('a', 'critical', 1, 'noLeader')] })).toBe(false);
});

test('the mark of a word is as serious as its findings', () => {
  expect(reportedWord(null)).toEqual({ word: 'unknown', mark: 'unknown' });
  expect(reportedWord({ word: 'atRisk', findings: [finding('a', 'warning', 1)] }).mark).toBe('degraded');
  expect(reportedWord({ word: 'atRisk', findings: [finding('a', 'critical', 1)] }).mark).toBe('noLeader');
  expect(reportedWord({ word: 'down', findings: [] }).mark).toBe('quorumLost');
});
