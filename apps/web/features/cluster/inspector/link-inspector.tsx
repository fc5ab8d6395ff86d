/** What goes between two servers, each way: what waits and since when, what was lost, and how it is disturbed. */

import { type ClusterState, type LinkView, linkKey } from '@vivarium/shared/cluster-state';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { ZxidText } from '../../../components/identifiers.tsx';
import { Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { faultText } from './fault-text.ts';
import { isZxid } from './format.ts';
import styles from './inspector.module.css';
import { LinkFaultForm } from './link-fault-form.tsx';
import { useText } from './text.ts';

interface Props {
  readonly state: ClusterState;
  readonly from: number;
  readonly to: number;
}

/** The sections of the inspector for a link; the direction that was selected comes first. */
export function LinkInspector({ state, from, to }: Props) {
  const t = useText();
  const health = useHealthText();
  const { info, mode } = usePlayer((view) => ({ info: view.info, mode: view.mode }));
  const there = { from, to, link: state.links[linkKey(from, to)] };
  const back = { from: to, to: from, link: state.links[linkKey(to, from)] };
  if (info?.attached != null) {
    return (
      <Panel title={t('link.traffic')}>
        <p>{health('attached.links')}</p>
      </Panel>
    );
  }
  return (
    <>
      <Traffic directions={[there, back]} />
      <Queue {...there} />
      <Queue {...back} />
      {info?.capabilities.faults === true && (
        <Panel title={t('link.faults')}>
          <LinkFaultForm key={`${from}>${to}`} state={state} from={from} to={to} disabled={mode !== 'live'} />
          {mode !== 'live' && <p className={styles.note}>{t('inspector.pastOnly')}</p>}
        </Panel>
      )}
    </>
  );
}

interface Direction {
  readonly from: number;
  readonly to: number;
  readonly link: LinkView | undefined;
}

function Traffic({ directions }: { readonly directions: readonly Direction[] }) {
  const t = useText();
  const language = useLanguage();
  return (
    <Panel title={t('link.traffic')}>
      <table className={`${styles.table} ${styles.tight}`}>
        <caption className="visually-hidden">{t('link.traffic')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('fault.way')}</th>
            {COUNTS.map((count) => (
              <th key={count} scope="col" className={styles.end}>
                {t(`link.${count}`)}
              </th>
            ))}
            <th scope="col" className={styles.end}>
              {t('server_.fault')}
            </th>
          </tr>
        </thead>
        <tbody>
          {directions.map(({ from, to, link }) => (
            <tr key={from}>
              <td>{t('link.direction', { from, to })}</td>
              {COUNTS.map((count) => (
                <td key={count} className={styles.end}>
                  {formatCount(link?.[count] ?? 0, language)}
                </td>
              ))}
              <td className={styles.end}>{faultText(t, link?.fault ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const COUNTS = ['sent', 'received', 'lost', 'waiting'] as const;

/** What waits in one direction; nothing where nothing does. */
function Queue({ from, to, link }: Direction) {
  const t = useText();
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  if (link === undefined || link.queue.length === 0) return null;
  const { waiting, queue } = link;
  const more = waiting - queue.length;
  const title = t('link.queue', { from, to });
  return (
    <Panel title={title} aside={formatCount(waiting, language)}>
      <table className={styles.table}>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t('link.packet')}</th>
            <th scope="col">{t('link.zxid')}</th>
            <th scope="col" className={styles.end}>
              {t('link.age')}
            </th>
          </tr>
        </thead>
        <tbody>
          {queue.map(({ packet, zxid, sentAtMs }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same packet may wait twice; its place is its identity.
            <tr key={i}>
              <td>{packet}</td>
              <td>{isZxid(zxid) && <ZxidText zxid={zxid} copy={false} />}</td>
              <td className={styles.end}>{formatDuration(Math.max(0, headMs - sentAtMs), language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className={styles.note}>{t('link.more', { count: more })}</p>}
    </Panel>
  );
}
