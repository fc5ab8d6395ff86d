import { FINDING_PARAMS, type Finding, type FindingCode } from '@vivarium/shared/contract/health';
import i18next, { type TFunction } from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../../components/format.ts';
import en from '../../i18n/en/health.json' with { type: 'json' };
import zh from '../../i18n/zh/health.json' with { type: 'json' };
import { briefOf, FINDING_CODES, findingText, type HealthText, listOf } from './finding-text.ts';

const texts: Record<Language, TFunction> = { en: i18next.t, zh: i18next.t };

beforeAll(async () => {
  for (const [language, health] of Object.entries({ en, zh })) {
    const instance = i18next.createInstance();
    await instance.init({
      lng: language,
      resources: { [language]: { health } },
      defaultNS: 'health',
      interpolation: { escapeValue: false },
    });
    texts[language as Language] = instance.t;
  }
});

const t = (language: Language) => texts[language] as HealthText;

/** A value of each param that no other text holds. */
const VALUES: Readonly<Record<string, string | number>> = {
  sid: 7,
  leader: 9,
  up: 21,
  voters: 23,
  needed: 25,
  address: 'zk-7:2181',
  transactions: 1_234,
  count: 4_321,
  minutes: 17,
  zxid: '0x1f002a9400',
  ms: 430,
  limit: 567,
  path: '/a/b',
  children: 8_765,
  bytes: 3_456,
  used: 3_141,
  unit: 'bytes',
  versions: '3.8.0, 3.9.2',
  words: 'dump, cons',
};

function finding(code: FindingCode): Finding {
  const params = Object.fromEntries(FINDING_PARAMS[code].map((name) => [name, VALUES[name] ?? '?']));
  return {
    id: code,
    code,
    severity: 'warning',
    params,
    sids: [7],
    path: null,
    sinceMs: 1,
    origin: 'words',
    heardMs: 1,
    evidence: { kind: 'none' },
    next: [],
  };
}

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  test.each(FINDING_CODES)('%s has its sentences, with all of its params', (code) => {
    const { title, why } = findingText(t(language), language, finding(code));
    const brief = briefOf(t(language), language, [finding(code)], 'atRisk');
    expect(`${title} ${why} ${brief}`).not.toMatch(/\{\{|finding\.|undefined/);
    expect(title).not.toBe(why);
    for (const name of FINDING_PARAMS[code]) {
      if (name === 'unit') continue;
      const value = VALUES[name];
      const shown = name === 'zxid' ? '1f·2a9400' : String(value);
      expect({ name, text: `${title} ${why}`.replaceAll(',', '') }).toEqual({
        name,
        text: expect.stringContaining(shown.replaceAll(',', '')),
      });
    }
  });

  test('more than three findings are counted', () => {
    const brief = briefOf(t(language), language, FINDING_CODES.slice(0, 5).map(finding), 'atRisk');
    expect(brief).toContain('2');
  });
});

test('what is known beside is told', () => {
  const slow = finding('slowRequests');
  const { why } = findingText(t('en'), 'en', { ...slow, params: { ...slow.params, client: '10.1.1.1', share: 61 } });
  expect(why).toContain('Client 10.1.1.1 sends 61% of them.');
  const other = finding('digestsDiffer');
  expect(findingText(t('en'), 'en', { ...other, params: { ...other.params, others: '1, 2' } }).why).toContain(
    'Servers 1 and 2 agree.',
  );
});

test('a server whose name has no address has not refused', () => {
  const down = finding('serverDown');
  const { why } = findingText(t('en'), 'en', { ...down, params: { ...down.params, reason: 'unknownHost' } });
  expect(why).toContain('zk-7:2181 cannot be reached.');
  expect(findingText(t('en'), 'en', down).why).toContain('Nobody listens at zk-7:2181.');
});

test('names are joined as the language does', () => {
  expect(listOf('en', [1, 2, 3])).toBe('1, 2 and 3');
  expect(listOf('zh', [1, 2, 3])).toBe('1、2、3');
  expect(listOf('en', ['a', 'b'], 'disjunction')).toBe('a or b');
});

test('nothing found is not the same as nothing known', () => {
  expect(briefOf(t('en'), 'en', [], 'healthy')).not.toBe(briefOf(t('en'), 'en', [], 'unknown'));
});
