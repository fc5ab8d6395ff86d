import { useTranslation } from 'react-i18next';
import { headlineOf } from '../../../app/health-report/headline.ts';
import { Button } from '../../../components/button.tsx';
import { saveFile } from '../../../components/save-file.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useHealth } from '../../../live/use-health.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { linkToHere } from '../copy-link.ts';
import { useHeadline } from './headline-text.ts';
import { reportFile } from './report-file.ts';

/** Keeps what is seen as a file, for the ticket. */
export function SaveReport() {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const headline = useHeadline();
  const { report } = useHealth(null);
  const { name, n } = usePlayer((view) => ({ name: view.info?.name ?? view.cluster, n: view.state.n }));
  const save = () => {
    if (report === null) return;
    const page = { cluster: name, address: linkToHere(n), headline: headline(headlineOf(report)) };
    const text = reportFile(t, language, report, page);
    const time = new Date(report.atMs).toISOString().slice(0, 19).replaceAll(':', '-');
    saveFile(`health-${name.replace(/[^\w-]+/g, '-')}-${time}.md`, new TextEncoder().encode(text));
  };
  return (
    <Button disabled={report === null} onClick={save}>
      {t('report.save')}
    </Button>
  );
}
