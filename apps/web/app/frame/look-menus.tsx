/** The menus of how the page looks: its language and its theme. */
import { Ellipsis, Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Menu, type MenuEntry } from '../../components/menu.tsx';
import { setLanguage, useLanguage } from '../../i18n/i18n.ts';
import { setTheme, type ThemeChoice, themeChoices, useThemeChoice } from '../theme.ts';

function useLanguageEntries(): readonly MenuEntry[] {
  const language = useLanguage();
  return (['en', 'zh'] as const).map((choice) => ({
    kind: 'item',
    key: choice,
    // Each language names itself.
    label: <span lang={choice === 'zh' ? 'zh-CN' : 'en'}>{choice === 'zh' ? '简体中文' : 'English'}</span>,
    checked: language === choice,
    onSelect: () => void setLanguage(choice),
  }));
}

/** Which language the page speaks. */
export function LanguageMenu() {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  return (
    <Menu
      align="end"
      entries={useLanguageEntries()}
      trigger={
        <Button variant="quiet">
          <span className="visually-hidden">{t('frame.language')}</span>
          {language === 'zh' ? '中' : 'EN'}
        </Button>
      }
    />
  );
}

const themeIcons: Readonly<Record<ThemeChoice, typeof Sun>> = { auto: Monitor, light: Sun, dark: Moon };

function useThemeEntries(): readonly MenuEntry[] {
  const { t } = useTranslation('frame');
  const theme = useThemeChoice();
  return themeChoices.map((choice) => ({
    kind: 'item',
    key: choice,
    label: t(`theme.${choice}`),
    checked: theme === choice,
    onSelect: () => setTheme(choice),
  }));
}

/** Light, dark, or as the machine is set. */
export function ThemeMenu() {
  const { t } = useTranslation('frame');
  const Icon = themeIcons[useThemeChoice()];
  return (
    <Menu
      align="end"
      entries={useThemeEntries()}
      trigger={
        <Button variant="quiet" aria-label={t('frame.theme')}>
          <Icon size={15} strokeWidth={1.5} aria-hidden />
        </Button>
      }
    />
  );
}

/** Both in one menu, on a phone. */
export function MoreMenu() {
  const { t } = useTranslation('frame');
  const entries: readonly MenuEntry[] = [
    { kind: 'label', key: 'languageLabel', label: t('frame.language') },
    ...useLanguageEntries(),
    { kind: 'separator', key: 'between' },
    { kind: 'label', key: 'themeLabel', label: t('frame.theme') },
    ...useThemeEntries(),
  ];
  return (
    <Menu
      align="end"
      entries={entries}
      trigger={
        <Button variant="quiet" aria-label={t('frame.more')}>
          <Ellipsis size={18} strokeWidth={1.5} aria-hidden />
        </Button>
      }
    />
  );
}
