/** What is wrong, most serious first: since when, how that is known, and where to look next. */
import type { Finding, HealthReport, NextLook } from '@vivarium/shared/contract/health';
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FINDING_CODES, findingText } from '../../../app/health-report/finding-text.ts';
import { headlineOf, inOrder, isServed } from '../../../app/health-report/headline.ts';
import { formatAge, formatCount, formatInstant, formatTimeOfDay, languageTags } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { SeverityMark } from '../../../viz/severity-mark.tsx';
import { Marked } from '../inspector/marked.tsx';
import { useOriginText } from '../provenance.tsx';
import { EvidenceDrawing } from './evidence.tsx';
import styles from './findings.module.css';
import { useHeadline } from './headline-text.ts';
import { NextLookLink } from './next-look.tsx';

/** The sentence that answers the page, and what clients feel. */
export function Lead({ report }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const headline = useHeadline();
  const { now, answer } = report.restart[0] ?? {};
  const isSession = usePlayer(
    ({ info }) => info?.attached?.ways.some(({ way, state }) => way === 'client' && state === 'open') === true,
  );
  const served = isServed(report);
  const { writesPerSecond } = report;
  const first =
    served === null
      ? t(isSession ? 'clients.session' : 'clients.unknown')
      : !served
        ? t('clients.notServed')
        : writesPerSecond === null
          ? t('clients.served')
          : t('clients.servedWrites', {
              count: Math.round(writesPerSecond),
              writes: formatCount(writesPerSecond, language),
            });
  const second =
    now === undefined || answer === 'unknown'
      ? ''
      : t('clients.inSync', { up: now.up.length, count: now.voters.length });
  return (
    <header className={styles.lead}>
      <h2 role="status">{headline(headlineOf(report))}</h2>
      <p>{t('clients.join', { first, second })}</p>
    </header>
  );
}

/** The findings as a table; where there are none, what was looked for. */
export function Findings({ report, onWord }: { readonly report: HealthReport; readonly onWord: WordAsker }) {
  const { t } = useTranslation('health');
  if (report.findings.length === 0) return <Checked report={report} />;
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">{t('what')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('column.severity')}</span>
          </th>
          <th scope="col">{t('column.what')}</th>
          <th scope="col">{t('column.since')}</th>
          <th scope="col">{t('column.evidence')}</th>
          <th scope="col">{t('column.next')}</th>
        </tr>
      </thead>
      <tbody>
        {inOrder(report.findings).map((finding) => (
          <FindingRow key={finding.id} finding={finding} report={report} onWord={onWord} />
        ))}
      </tbody>
    </table>
  );
}

export type WordAsker = (look: Extract<NextLook, { kind: 'words' }>) => void;

function FindingRow({
  finding,
  report,
  onWord,
}: {
  readonly finding: Finding;
  readonly report: HealthReport;
  readonly onWord: WordAsker;
}) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const origin = useOriginText();
  const { title, why } = findingText(t, language, finding);
  return (
    <tr>
      <td className={styles.mark}>
        <SeverityMark severity={finding.severity} />
      </td>
      <td>
        <b className={styles.title}>
          <Identified text={title} name={finding.path} />
        </b>
        <p className={styles.why} title={origin(finding.origin, finding.heardMs, report.atMs)}>
          <Marked text={why} />
        </p>
      </td>
      <td className={styles.since}>
        <Since sinceMs={finding.sinceMs} nowMs={report.atMs} />
      </td>
      <td className={styles.evidence}>
        <EvidenceDrawing finding={finding} fromMs={report.fromMs} toMs={report.atMs} />
      </td>
      <td className={styles.look}>
        {finding.next.map((look) => (
          <NextLookLink key={JSON.stringify(look)} look={look} onWord={onWord} />
        ))}
      </td>
    </tr>
  );
}

/** A sentence in which the path of a znode stands out in the typeface of identifiers. */
function Identified({ text, name }: { readonly text: string; readonly name: string | null }) {
  const at = name === null ? -1 : text.indexOf(name);
  if (name === null || at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <span className="mono">{name}</span>
      {text.slice(at + name.length)}
    </>
  );
}

const DAY_MS = 86_400_000;

function Since({ sinceMs, nowMs }: { readonly sinceMs: number | null; readonly nowMs: number }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  if (sinceMs === null) {
    return (
      <>
        {t('since.unknown')}
        <span>{t('since.unknownNote')}</span>
      </>
    );
  }
  const isOld = nowMs - sinceMs > DAY_MS;
  const day = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : languageTags.zh, {
    day: 'numeric',
    month: 'short',
  });
  return (
    <time dateTime={new Date(sinceMs).toISOString()} title={formatInstant(sinceMs, language)}>
      {isOld ? day.format(sinceMs) : formatTimeOfDay(sinceMs)}
      <span>{formatAge(nowMs - sinceMs, language)}</span>
    </time>
  );
}

/** Nothing is wrong: what was looked for, and when. */
function Checked({ report }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const isLive = usePlayer(({ mode }) => mode === 'live');
  const blind = report.blind.map(({ code }) => code);
  const looked = FINDING_CODES.filter((code) => !blind.includes(code));
  if (report.word === 'unknown' || looked.length === 0) return null;
  return (
    <div className={styles.good}>
      <p className="dim" title={formatInstant(report.atMs, language)}>
        {t(isLive ? 'good.checked' : 'good.checkedThen', { time: formatTimeOfDay(report.atMs) })}
      </p>
      <ul className={styles.checks} aria-label={t('good.title')}>
        {looked.map((code) => (
          <li key={code}>
            <Check size={13} strokeWidth={2} aria-hidden />
            {t(`finding.${code}.check`)}
          </li>
        ))}
      </ul>
    </div>
  );
}
