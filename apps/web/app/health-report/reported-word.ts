import type { HealthReport } from '@vivarium/shared/contract/health';
import type { HealthWord } from '../health.ts';

/** The word of a report, and the word of the traced health whose mark it takes; without a report nothing is known. */
export function reportedWord(report: Pick<HealthReport, 'word' | 'findings'> | null): {
  readonly word: HealthReport['word'];
  readonly mark: HealthWord;
} {
  const word = report?.word ?? 'unknown';
  switch (word) {
    case 'down':
      return { word, mark: 'quorumLost' };
    case 'atRisk':
      return { word, mark: report?.findings.some(({ severity }) => severity === 'critical') ? 'noLeader' : 'degraded' };
    case 'coming':
      return { word, mark: 'degraded' };
    case 'healthy':
    case 'unknown':
      return { word, mark: word };
  }
}
