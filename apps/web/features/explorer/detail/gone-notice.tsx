import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import { parentOf } from '@vivarium/shared/path';
import { useTranslation } from 'react-i18next';
import { PlaceLink } from '../../../app/frame/place-link.tsx';
import { Button } from '../../../components/button.tsx';
import { formatBytes } from '../../../components/format.ts';
import { TimeText, ZxidText } from '../../../components/identifiers.tsx';
import { EmptyState } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';

/** In the place of a znode that is not there: what it was, where that is known, and where to go on. */
export function GoneNotice({
  path,
  last,
  written,
  isPast,
  writable,
  history,
  onGo,
  onCreate,
}: {
  readonly path: string;
  /** What was read of it before; null where it was never seen. */
  readonly last: ZnodeJson | null;
  /** What the viewer had written and not saved, in base64; null for nothing. */
  readonly written: string | null;
  readonly isPast: boolean;
  readonly writable: boolean;
  /** Of which cluster transactions are kept; null where they are not. */
  readonly history: string | null;
  readonly onGo: (path: string) => void;
  readonly onCreate: (path: string, data: string | null) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const title = isPast ? t('gone.notThen') : last === null ? t('gone.never') : t('gone.deleted');
  return (
    <EmptyState
      title={title}
      actions={
        <>
          <Button variant="primary" onClick={() => onGo(parentOf(path) || '/')}>
            {t('gone.parent')}
          </Button>
          {writable && (
            <Button onClick={() => onCreate(path, written ?? last?.data ?? null)}>
              {t(written !== null ? 'gone.createWritten' : last === null ? 'gone.create' : 'gone.createAgain')}
            </Button>
          )}
          {history !== null && (
            <PlaceLink to={{ page: 'transactions', path }}>{t(last === null ? 'gone.history' : 'gone.who')}</PlaceLink>
          )}
        </>
      }
    >
      {last === null ? (
        <p>{t('gone.neverText', { path })}</p>
      ) : (
        <p>
          {t('gone.was', {
            path,
            version: last.stat.version,
            size: formatBytes(last.stat.dataLength, language),
            count: last.stat.numChildren,
          })}{' '}
          {t('gone.lastChange')} <ZxidText zxid={last.stat.mzxid} />, <TimeText wallMs={last.stat.mtimeMs} digits={0} />
        </p>
      )}
    </EmptyState>
  );
}
