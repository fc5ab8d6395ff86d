// Cut into ranges: a machine with a Chinese face of its own loads none of them.
import '@fontsource-variable/noto-sans-sc/wght.css';
import type { Texts } from './texts.ts';

const modules = import.meta.glob<Texts>('./zh/*.json', { eager: true, import: 'default' });

/** All texts of the language by namespace, which is the name of the file. */
export const bundle: Readonly<Record<string, Texts>> = Object.fromEntries(
  Object.entries(modules).map(([file, texts]) => [file.slice('./zh/'.length, -'.json'.length), texts]),
);
