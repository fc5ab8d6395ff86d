import { expect, test } from 'vitest';
import { chooseLanguage, languageOf } from './i18n.ts';
import type { Texts } from './texts.ts';

const english = import.meta.glob<Texts>('./en/*.json', { eager: true, import: 'default' });
const chinese = import.meta.glob<Texts>('./zh/*.json', { eager: true, import: 'default' });
const sources = import.meta.glob<string>(
  ['../**/*.{ts,tsx}', '!../**/*.test.*', '!../dist/**', '!../node_modules/**'],
  {
    eager: true,
    query: '?raw',
    import: 'default',
  },
);

/** Full keys with their texts: `namespace:a.b`. */
function flatten(modules: Readonly<Record<string, Texts>>): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (prefix: string, node: string | Texts): void => {
    if (typeof node === 'string') texts.set(prefix, node);
    else
      for (const [key, child] of Object.entries(node))
        walk(prefix.endsWith(':') ? prefix + key : `${prefix}.${key}`, child);
  };
  for (const [file, tree] of Object.entries(modules)) walk(`${file.replace(/^.*\/|\.json$/g, '')}:`, tree);
  return texts;
}

/** English has two plural forms and Chinese one; the form without a suffix stands for both. */
const withoutPlural = (key: string) => key.replace(/_(?:one|other|zero)$/, '');
const parametersOf = (text: string) =>
  [...new Set(text.match(/\{\{\s*\w+/g)?.map((name) => name.slice(2).trim()))].sort();

const en = flatten(english);
const zh = flatten(chinese);

test('both languages have the same keys', () => {
  const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(withoutPlural))].sort();
  expect(keys(zh)).toEqual(keys(en));
});

test('both languages use the same parameters', () => {
  for (const [key, text] of zh) {
    const other = en.get(key) ?? en.get(`${withoutPlural(key)}_other`) ?? '';
    expect({ key, parameters: parametersOf(text) }).toEqual({ key, parameters: parametersOf(other) });
  }
});

test('no text is empty', () => {
  for (const [key, text] of [...en, ...zh]) expect({ key, empty: text.trim() === '' }).toEqual({ key, empty: false });
});

test('every key that the code names in full is there', () => {
  const missing: string[] = [];
  for (const [file, source] of Object.entries(sources)) {
    const namespace = /useTranslation\('(\w+)'\)/.exec(source)?.[1];
    if (namespace === undefined) continue;
    for (const [, key = ''] of source.matchAll(/\bt\(\s*'([^']+)'/g)) {
      const full = key.includes(':') ? key : `${namespace}:${key}`;
      if (!en.has(full) && !en.has(`${full}_other`)) missing.push(`${file}: ${full}`);
    }
  }
  expect(missing).toEqual([]);
});

test('the language comes from the address, else from the last visit, else from the browser', () => {
  expect(chooseLanguage('?lang=zh-CN', 'en', ['en-GB'])).toBe('zh');
  expect(chooseLanguage('?lang=fr', 'zh', ['en-GB'])).toBe('zh');
  expect(chooseLanguage('', null, ['fr-FR', 'zh-TW', 'en'])).toBe('zh');
  expect(chooseLanguage('', null, ['fr-FR'])).toBe('en');
  expect(languageOf('zh-Hans-CN')).toBe('zh');
});
