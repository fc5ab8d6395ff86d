/**
 * The languages of the page. A language is one chunk, loaded when it is chosen; the choice comes from `?lang=`, else from
 * what was chosen before, else from the browser.
 */
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { type Language, languageTags } from '../components/format.ts';
import { readStored, writeStored } from '../components/stored.ts';
import type { Texts } from './texts.ts';

type Bundle = Readonly<Record<string, Texts>>;

const loaders: Readonly<Record<Language, () => Promise<{ readonly bundle: Bundle }>>> = {
  en: () => import('./en.ts'),
  zh: () => import('./zh.ts'),
};

const STORED_LANGUAGE = 'vivarium.language';

/** The language that a tag stands for (`zh`, `zh-CN`, `en-GB`, …); null for one that the page does not speak. */
export function languageOf(tag: string | null | undefined): Language | null {
  const first = tag?.toLowerCase().split(/[-_]/)[0];
  return first === 'en' || first === 'zh' ? first : null;
}

/** The language to begin with: the first one asked for that the page speaks, else English. */
export function chooseLanguage(query: string, stored: string | null, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(query).get('lang');
  for (const tag of [asked, stored, ...preferred]) {
    const language = languageOf(tag);
    if (language !== null) return language;
  }
  return 'en';
}

/** Makes the page speak; call it once, before the first render. */
export async function startI18n(): Promise<void> {
  const language = chooseLanguage(location.search, readStored(STORED_LANGUAGE), navigator.languages);
  const { bundle } = await loaders[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: bundle },
    defaultNS: 'frame',
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = languageTags[language];
}

/** Another language from now on, and at the next visit. */
export async function setLanguage(language: Language): Promise<void> {
  const { bundle } = await loaders[language]();
  for (const [namespace, texts] of Object.entries(bundle)) i18next.addResourceBundle(language, namespace, texts);
  await i18next.changeLanguage(language);
  document.documentElement.lang = languageTags[language];
  writeStored(STORED_LANGUAGE, language);
}

/** The language that the page speaks now. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return languageOf(i18n.language) ?? 'en';
}
