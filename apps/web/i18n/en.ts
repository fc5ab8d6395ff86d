import type { Texts } from './texts.ts';

const modules = import.meta.glob<Texts>('./en/*.json', { eager: true, import: 'default' });

/** All texts of the language by namespace, which is the name of the file. */
export const bundle: Readonly<Record<string, Texts>> = Object.fromEntries(
  Object.entries(modules).map(([file, texts]) => [file.slice('./en/'.length, -'.json'.length), texts]),
);
