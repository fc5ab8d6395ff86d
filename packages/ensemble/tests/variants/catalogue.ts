import { RECONFIGURATION_VARIANTS } from './reconfiguration-variants.ts';
import { STATE_VARIANTS } from './state-variants.ts';
import { SYNCHRONISATION_VARIANTS } from './synchronisation-variants.ts';
import type { Variant, Variation } from './variant.ts';

/** Every broken server. */
export const VARIANTS: readonly Variant[] = [
  ...SYNCHRONISATION_VARIANTS,
  ...STATE_VARIANTS,
  ...RECONFIGURATION_VARIANTS,
];

/** Servers that are as good as any, with something small that is usually too large to be reached. */
export const VARIATIONS: readonly Variation[] = [
  {
    name: 'short-epochs',
    patches: [
      {
        file: 'core/request/primary.ts',
        find: 'const LAST_COUNTER = 0xffffffff;',
        replace: 'const LAST_COUNTER = 25;',
      },
    ],
  },
];
