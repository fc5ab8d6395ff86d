import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { describe, expect, test } from 'vitest';
import { formatQuota, isQuotaText, parseQuota } from './quota-text.ts';

// As `StatsTrack` of Debian's Apache 3.8 reads and writes them.
describe('the text of a quota', () => {
  test.each([
    ['', 'count=-1,bytes=-1'],
    ['count=4,bytes=5', 'count=4,bytes=5'],
    ['bytes=5,count=4', 'count=4,bytes=5'],
    ['count=4', 'count=4,bytes=-1'],
    ['count=4,bytes=5=;byteHardLimit=6;countHardLimit=7', 'count=4,bytes=5=;byteHardLimit=6;countHardLimit=7'],
    ['countHardLimit=7;byteHardLimit=6', 'count=-1,bytes=-1=;byteHardLimit=6;countHardLimit=7'],
    ['count=1,count=2,', 'count=2,bytes=-1'],
    ['count==5;bytes=+3', 'count=-1,bytes=3'],
    ['count=9223372036854775807,bytes=-9223372036854775808', 'count=9223372036854775807,bytes=-9223372036854775808'],
    ['count=4=5=6,other=1', 'count=4,bytes=-1=;other=1'],
    [',;,', 'count=-1,bytes=-1'],
  ])('%j becomes %j', (text, expected) => {
    expect(isQuotaText(encodeUtf8(text))).toBe(true);
    expect(decodeUtf8(formatQuota(parseQuota(encodeUtf8(text))))).toBe(expected);
  });

  test.each([
    ['count', 'count=-1,bytes=-1'],
    ['count=', 'count=-1,bytes=-1'],
    ['count=x,bytes=5', 'count=-1,bytes=5'],
    ['=5,bytes=5', 'count=-1,bytes=5'],
    [',count=3', 'count=3,bytes=-1'],
    ['count=9223372036854775808', 'count=-1,bytes=-1'],
    ['count= 5', 'count=-1,bytes=-1'],
    ['count=5,bytes==', 'count=5,bytes=-1'],
  ])('%j is malformed, and where a log holds it the good parts count', (text, expected) => {
    expect(isQuotaText(encodeUtf8(text))).toBe(false);
    expect(decodeUtf8(formatQuota(parseQuota(encodeUtf8(text))))).toBe(expected);
  });

  test('a text that is too long is malformed, and says nothing', () => {
    const long = encodeUtf8('count=1,'.repeat(600));
    expect(isQuotaText(long)).toBe(false);
    expect(parseQuota(long).size).toBe(0);
  });

  test('no data is malformed, and says nothing', () => {
    expect(isQuotaText(null)).toBe(false);
    expect(parseQuota(null).size).toBe(0);
  });
});
