import { useTranslation } from 'react-i18next';
import styles from './explorer-page.module.css';

/** A path whose parts lead there; parts in the middle give way where there is no room. */
export function Crumbs({ path, onGo }: { readonly path: string; readonly onGo: (path: string) => void }) {
  const { t } = useTranslation('explorer');
  const names = path === '/' ? [] : path.slice(1).split('/');
  return (
    <nav className={styles.crumbs} aria-label={t('page.path')}>
      <button type="button" className={styles.crumb} onClick={() => onGo('/')} aria-label={t('page.root')}>
        /
      </button>
      {names.map((name, index) => {
        const to = `/${names.slice(0, index + 1).join('/')}`;
        const isLast = index === names.length - 1;
        return (
          <span key={to} className={isLast ? styles.lastPart : styles.part}>
            {index > 0 && <span className={styles.slash}>/</span>}
            {isLast ? (
              <b title={to}>{name}</b>
            ) : (
              <button type="button" className={styles.crumb} title={to} onClick={() => onGo(to)}>
                {name}
              </button>
            )}
          </span>
        );
      })}
    </nav>
  );
}
