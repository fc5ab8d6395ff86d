import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import { sourceName } from './source-name.ts';

const t = ((key: string, params?: object) => `${key} ${JSON.stringify(params ?? {})}`) as unknown as TFunction<'frame'>;
const source = (id: string, kind: ClusterInfo['kind'], name: string) => ({ id, kind, name }) as ClusterInfo;

test('the ensemble of the server has a name in each language', () => {
  expect(sourceName(t, 'en', source('local', 'hosted', 'Local ensemble'))).toBe('frame.local {}');
});

test('a recording is named by when it began', () => {
  const name = sourceName(t, 'en', source('recording-2026-11-21T07-42-33.336Z', 'recorded', 'whatever'));
  expect(name).toMatch(/^2[012] Nov.*:42:33$/);
});

test('any other source has the name that it was given', () => {
  expect(sourceName(t, 'en', source('payments', 'attached', 'payments-prod'))).toBe('payments-prod');
  expect(sourceName(t, 'en', source('recording-of-april', 'recorded', 'outage of 12 April'))).toBe(
    'outage of 12 April',
  );
});
