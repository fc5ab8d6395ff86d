import type { LinkFault } from '@vivarium/shared/link-fault';
import type { Translate } from './text.ts';

/** A disturbance in few words. */
export function faultText(t: Translate, fault: LinkFault | null): string {
  switch (fault?.kind) {
    case 'cut':
      return t('fault.cut');
    case 'slow':
      return t('fault.slow', { delayMs: fault.delayMs });
    case 'drop':
      return t('fault.drop', { percent: fault.percent });
    default:
      return t('fault.none');
  }
}
