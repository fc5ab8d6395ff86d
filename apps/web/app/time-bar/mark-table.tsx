import type { TimeMark } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { formatTimeOfDay } from '../../components/format.ts';
import { usePlayer } from '../../live/use-player.ts';

const MAX_LISTED = 30;

/** The marks as a table, for screen readers. */
export function MarkTable() {
  const { t } = useTranslation('frame');
  const marks: readonly TimeMark[] = usePlayer((view) => view.latest.marks.slice(-MAX_LISTED));
  return (
    <table className="visually-hidden">
      <caption>{t('timeBar.marks')}</caption>
      <tbody>
        {marks.map((mark) => (
          <tr key={mark.n}>
            <th scope="row">{formatTimeOfDay(mark.wallMs, 3)}</th>
            <td>{t(`mark.${mark.kind}`, { sid: mark.sid })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
