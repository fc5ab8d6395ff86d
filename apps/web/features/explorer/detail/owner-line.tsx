import { useTranslation } from 'react-i18next';
import { SessionText } from '../../../components/identifiers.tsx';
import { usePlayer } from '../../../live/use-player.ts';
import { kindOfOwner } from '../znode-kind.ts';
import styles from './detail.module.css';

/** Whose an ephemeral is, and when it goes. */
export function OwnerLine({ owner }: { readonly owner: string }) {
  const { t } = useTranslation('explorer');
  const own = usePlayer((view) => view.viewerSession);
  const session = usePlayer((view) => view.state.sessions[owner] ?? null);
  if (kindOfOwner(owner).kind !== 'ephemeral') return null;
  const mine = own.session !== null && BigInt(own.session) === BigInt(owner);
  const parts = [
    mine ? t('owner.mine') : session === null ? t('owner.unknown') : t('owner.other'),
    session?.server != null ? t('owner.server', { sid: session.server }) : null,
    session?.address != null && !mine ? t('owner.address', { address: session.address }) : null,
  ].filter((part) => part !== null);
  return (
    <p className={styles.owner}>
      {t('owner.ephemeral')} <SessionText session={owner} />
      {t('owner.comma')}
      {parts.join(t('owner.comma'))}
      {t('owner.stop')} {mine ? t('owner.goesWithYou') : t('owner.goes')}
    </p>
  );
}
