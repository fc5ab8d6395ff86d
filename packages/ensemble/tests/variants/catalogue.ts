import { SYNCHRONISATION_VARIANTS } from './synchronisation-variants.ts';
import type { Variant } from './variant.ts';

/** Every broken server. */
export const VARIANTS: readonly Variant[] = [...SYNCHRONISATION_VARIANTS];
