/**
 * Loaded before all else (`node --import`): breaks the server as the variant named in `VIVARIUM_VARIANT` says, while its
 * modules are loaded. Without that name nothing is changed.
 */
import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VARIANTS } from './catalogue.ts';
import { ENSEMBLE_DIRECTORY, patchSource } from './variant.ts';

const name = process.env.VIVARIUM_VARIANT;

if (name !== undefined) {
  const variant = VARIANTS.find((known) => known.name === name);
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  const files = new Set(variant.patches.map((patch) => patch.file));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:')) return loaded;
      const file = relative(ENSEMBLE_DIRECTORY, fileURLToPath(url));
      if (!files.has(file)) return loaded;
      return { ...loaded, source: patchSource(variant, file, String(loaded.source)) };
    },
  });
}
