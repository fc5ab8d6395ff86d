/** A report as a file that a person reads and a program can: Markdown with the data at its end. Pure. */
import type { HealthReport } from '@vivarium/shared/contract/health';
import type { Origin } from '@vivarium/shared/contract/source';
import { findingText, type HealthText } from '../../../app/health-report/finding-text.ts';
import { inOrder } from '../../../app/health-report/headline.ts';
import { formatInstant, formatZxid, type Language } from '../../../components/format.ts';

export interface ReportPage {
  readonly cluster: string;
  /** The address that opens the same picture. */
  readonly address: string;
  /** The sentence above all. */
  readonly headline: string;
}

/** The file of a report, in the reader's language. */
export function reportFile(t: HealthText, language: Language, report: HealthReport, page: ReportPage): string {
  const origin = (one: Origin) => t(`origin.${one}`);
  const findings = inOrder(report.findings).map((finding) => {
    const { title, why } = findingText(t, language, finding);
    const since = finding.sinceMs === null ? t('since.unknown') : formatInstant(finding.sinceMs, language);
    return `- **${t(`severity.${finding.severity}`)}: ${title}** (${t('report.since')} ${since}; ${origin(finding.origin)})\n  ${why}`;
  });
  const head = ['sid', 'host', 'role', 'last zxid', 'digest', 'latency ms', 'outstanding', 'znodes', 'version'];
  const rows = report.replicas.map((replica) =>
    [
      replica.sid,
      replica.host,
      replica.role?.value,
      replica.lastZxid === null ? null : formatZxid(replica.lastZxid.value),
      replica.digest?.value,
      replica.latencyMs?.value,
      replica.outstanding?.value,
      replica.znodes?.value,
      replica.version?.value,
    ]
      .map((cell) => String(cell ?? '–').replaceAll('|', '\\|'))
      .join(' | '),
  );
  const blind = report.blind.map(
    ({ code, ways }) => `- ${t(`finding.${code}.check`)} (${ways.map((way) => t(`wayName.${way}`)).join(t('comma'))})`,
  );
  return [
    `# ${t('report.title', { cluster: page.cluster })}`,
    t('report.at', { time: formatInstant(report.atMs, language), address: page.address }),
    `**${page.headline}**`,
    findings.length === 0 ? t('report.none') : findings.join('\n'),
    `## ${t('replicas.title')}`,
    [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- ').join('|')}|`, ...rows.map((row) => `| ${row} |`)].join(
      '\n',
    ),
    ...(blind.length === 0 ? [] : [`## ${t('report.blind')}`, blind.join('\n')]),
    `## ${t('report.data')}`,
    `\`\`\`json\n${JSON.stringify(report, null, 1)}\n\`\`\`\n`,
  ].join('\n\n');
}
