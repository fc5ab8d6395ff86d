/** Why a path is not one, as the key and parameters of a sentence in the viewer's language. */
import { pathFault } from '@vivarium/shared/path';

export interface PathFault {
  readonly key: 'empty' | 'start' | 'end' | 'emptySegment' | 'relative' | 'character';
  readonly at: number;
  readonly character: string;
}

/** The fault of a path; null for a good one. */
export function faultOf(path: string): PathFault | null {
  const words = pathFault(path);
  if (words === null) return null;
  const at = Number(/ at (\d+)$/.exec(words)?.[1] ?? 0);
  const character = /U\+[0-9a-f]+/.exec(words)?.[0] ?? '';
  if (character !== '') return { key: 'character', at, character };
  if (words.includes('relative')) return { key: 'relative', at, character };
  if (words.includes('empty segment')) return { key: 'emptySegment', at, character };
  if (words.includes('end')) return { key: 'end', at, character };
  return { key: path === '' ? 'empty' : 'start', at, character };
}
