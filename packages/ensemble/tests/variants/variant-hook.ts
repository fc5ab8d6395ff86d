/**
 * Loaded before all else (`node --import`): changes the sources as the variants and variations say whose names are in
 * `VIVARIUM_VARIANTS`, separated by commas, while the modules are loaded. Without names nothing is changed.
 */
import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VARIANTS, VARIATIONS } from './catalogue.ts';
import { ENSEMBLE_DIRECTORY, patchSource } from './variant.ts';

const names = (process.env.VIVARIUM_VARIANTS ?? '').split(',').filter((name) => name !== '');

const changes = names.map((name) => {
  const change = [...VARIANTS, ...VARIATIONS].find((known) => known.name === name);
  if (change === undefined) throw new Error(`there is no variant ${name}`);
  return change;
});

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith('file:')) return loaded;
    const file = relative(ENSEMBLE_DIRECTORY, fileURLToPath(url));
    const concerned = changes.filter(({ patches }) => patches.some((patch) => patch.file === file));
    if (concerned.length === 0) return loaded;
    let source = String(loaded.source);
    for (const change of concerned) source = patchSource(change, file, source);
    return { ...loaded, source };
  },
});
