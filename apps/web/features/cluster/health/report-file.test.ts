import type { HealthReport } from '@vivarium/shared/contract/health';
import i18next from 'i18next';
import { expect, test } from 'vitest';
import type { HealthText } from '../../../app/health-report/finding-text.ts';
import health from '../../../i18n/en/health.json' with { type: 'json' };
import { reportFile } from './report-file.ts';

const report: HealthReport = {
  atMs: Date.UTC(2026, 10, 21, 12),
  word: 'atRisk',
  findings: [
    {
      id: 'serverDown 5',
      code: 'serverDown',
      severity: 'warning',
      params: { sid: 5, address: 'zk-5:2181', up: 4, voters: 5, needed: 3 },
      sids: [5],
      path: null,
      sinceMs: Date.UTC(2026, 10, 21, 11),
      origin: 'election',
      heardMs: Date.UTC(2026, 10, 21, 12),
      evidence: { kind: 'none' },
      next: [],
    },
  ],
  replicas: [],
  restart: [],
  blind: [{ code: 'digestsDiffer', ways: ['words', 'admin'] }],
  writesPerSecond: 3,
  fromMs: 0,
};

test('a report is read by a person, and its data by a program', async () => {
  const instance = i18next.createInstance();
  await instance.init({ lng: 'en', resources: { en: { health } }, defaultNS: 'health' });
  const page = { cluster: 'payments', address: 'http://host/c/payments/cluster?at=7', headline: 'One thing is wrong' };
  const text = reportFile(instance.t as HealthText, 'en', report, page);
  expect(text).toContain('**One thing is wrong**');
  expect(text).toContain('Server 5 does not answer');
  expect(text).toContain('digests that differ');
  expect(text).not.toMatch(/\{\{/);
  const data = /```json\n([\s\S]*)\n```/.exec(text)?.[1] ?? '';
  expect(JSON.parse(data)).toEqual(report);
});
