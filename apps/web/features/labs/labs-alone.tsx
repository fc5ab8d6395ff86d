import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { BrandMark } from '../../app/frame/brand.tsx';
import { LanguageMenu, MoreMenu, ThemeMenu } from '../../app/frame/look-menus.tsx';
import { classNames } from '../../components/class-names.ts';
import { useIsNarrow } from '../../components/use-media-query.ts';
import { useHashPlaces } from './hash-places.ts';
import { LabSummary } from './header/lab-summary.tsx';
import { LabPlacesContext } from './lab-route.ts';
import { useLabState } from './lab-store.ts';
import styles from './labs-alone.module.css';
import { LabsPage } from './labs-page.tsx';
import { useSay } from './use-say.ts';

/** The labs without the rest of the application: a bar, and the page. */
export function LabsAlone() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const narrow = useIsNarrow();
  const places = useHashPlaces();
  const { scenario } = places.route;
  const title = useLabState(({ lab }) => (lab !== null && lab.info.id === scenario ? lab.info.title : null));
  useEffect(() => {
    document.title = [...(title === null ? [] : [say(title)]), t('catalog.title'), 'Vivarium'].join(' · ');
  }, [title, say, t]);
  return (
    <LabPlacesContext value={places}>
      <div className={styles.frame}>
        <header className={classNames(styles.bar, narrow && styles.narrow)}>
          <a
            className={styles.brand}
            href={places.href({ scenario: null, link: null, goals: false })}
            aria-label={`${t('catalog.title')}: ${t('catalog.all')}`}
          >
            <BrandMark />
            <span>{t('catalog.title')}</span>
          </a>
          <LabSummary narrow={narrow} />
          <div className={styles.tools}>
            {narrow ? (
              <MoreMenu />
            ) : (
              <>
                <LanguageMenu />
                <ThemeMenu />
              </>
            )}
          </div>
        </header>
        <main className={styles.main}>
          <LabsPage />
        </main>
      </div>
    </LabPlacesContext>
  );
}
