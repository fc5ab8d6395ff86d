/** A finding in sentences: its params as a person reads them. */
import { FINDING_PARAMS, type Finding, type FindingCode } from '@vivarium/shared/contract/health';
import type { TFunction } from 'i18next';
import { formatCount, formatDuration, formatZxid, type Language, languageTags } from '../../components/format.ts';

export type HealthText = TFunction<'health'>;

/** All that can be found, the most serious first. */
export const FINDING_CODES = Object.keys(FINDING_PARAMS) as readonly FindingCode[];

/** The params of a finding as text: times and counts with their units and separators, zxids in their short form. */
function paramsAsText(
  t: HealthText,
  language: Language,
  finding: Pick<Finding, 'code' | 'params'>,
): Record<string, string> {
  const { code, params } = finding;
  const text = ([name, value]: readonly [string, string | number]): readonly [string, string] => [
    name,
    typeof value === 'string'
      ? name === 'zxid'
        ? formatZxid(value)
        : value
      : numberText(t, language, code, name, value, params.unit),
  ];
  return Object.fromEntries(Object.entries(params).map(text));
}

function numberText(
  t: HealthText,
  language: Language,
  code: FindingCode,
  name: string,
  value: number,
  unit: string | number | undefined,
): string {
  if (name === 'sid' || name === 'leader') return String(value);
  const isTime =
    name === 'ms' || name === 'lagMs' || (name === 'limit' && (code === 'slowRequests' || code === 'slowFsync'));
  if (isTime) return formatDuration(value, language);
  const count = formatCount(value, language);
  if (code === 'quotaNear') return t(unit === 'bytes' ? 'unit.bytes' : 'unit.znodes', { count: value, shown: count });
  return count;
}

export interface FindingText {
  readonly title: string;
  readonly why: string;
}

/** What is wrong, and why that is known. */
export function findingText(t: HealthText, language: Language, finding: Pick<Finding, 'code' | 'params'>): FindingText {
  const { code } = finding;
  const params = paramsAsText(t, language, finding);
  const more = moreOf(t, language, finding, params);
  // Where a name has no address, say, nobody was there to refuse.
  const { reason } = finding.params;
  const isOther = code === 'serverDown' && reason !== undefined && reason !== 'refused';
  const why = t(isOther ? 'finding.serverDown.whyOther' : `finding.${code}.why`, params);
  return {
    title: t(`finding.${code}.title`, params),
    why: more === null ? why : t('clients.join', { first: why, second: more }),
  };
}

/** What some findings tell beside, where it is known. */
function moreOf(
  t: HealthText,
  language: Language,
  { code, params }: Pick<Finding, 'code' | 'params'>,
  text: Readonly<Record<string, string>>,
): string | null {
  const { client, share, lagMs, others, of } = params;
  if ((code === 'slowRequests' || code === 'outstandingGrow') && client !== undefined && share !== undefined) {
    return t('more.client', { client, share: formatCount(Number(share), language) });
  }
  if (code === 'lagging' && lagMs !== undefined) return t('more.lag', { lag: text.lagMs ?? '' });
  if (code === 'digestsDiffer' && typeof others === 'string' && others !== '') {
    const sids = others.split(/,\s*/);
    return t('more.others', { count: sids.length, others: listOf(language, sids) });
  }
  if (code === 'connectionsNearLimit' && (of === 'maxCnxns' || of === 'maxClientCnxns' || of === 'fileDescriptors')) {
    return t(`more.of.${of}`, { client: client ?? '' });
  }
  return null;
}

/** Names in a row as the language joins them: `1, 2 and 3`, `1、2、3`. */
export function listOf(
  language: Language,
  items: readonly (string | number)[],
  type: 'conjunction' | 'disjunction' = 'conjunction',
): string {
  if (language === 'zh' && type === 'conjunction') return items.join('、');
  const tag = language === 'en' ? 'en-GB' : languageTags.zh;
  return new Intl.ListFormat(tag, { type }).format(items.map(String));
}

/** So many findings are named in one line. */
const MAX_BRIEF = 3;

/** A report in half a sentence, for the top bar: `server 4 holds different data, server 5 is down`. */
export function briefOf(t: HealthText, language: Language, findings: readonly Finding[], word: string): string {
  if (findings.length === 0) return t(word === 'unknown' ? 'brief.unknown' : 'brief.nothing');
  const named = findings
    .slice(0, MAX_BRIEF)
    .map((finding) => t(`finding.${finding.code}.brief`, paramsAsText(t, language, finding)));
  const first = named.join(t('comma'));
  const more = findings.length - named.length;
  return more > 0 ? t('brief.more', { first, count: more }) : first;
}
