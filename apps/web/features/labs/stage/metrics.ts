/** How wide a text will be, near enough to lay it out: a drawing that is to be exported cannot ask a page's layout. */

export type Face = 'ui' | 'mono';

/** Of the em: Inter's and JetBrains Mono's advances, rounded up; characters of East Asia fill the em in both. */
function advance(character: string, face: Face): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x2e80) return 1;
  if (face === 'mono') return 0.6;
  if ("iljI.,:;|!'()[] ·".includes(character)) return 0.31;
  if ('mwMW@%—'.includes(character)) return 0.88;
  if (code >= 0x41 && code <= 0x5a) return 0.69;
  if (code >= 0x30 && code <= 0x39) return 0.64;
  return 0.57;
}

/** In pixels. */
export function textWidth(text: string, sizePx: number, face: Face = 'ui'): number {
  let ems = 0;
  for (const character of text) ems += advance(character, face);
  return ems * sizePx;
}

/** The text, or as much of its beginning as fits, with an ellipsis. */
export function fitText(text: string, widthPx: number, sizePx: number, face: Face = 'ui'): string {
  if (textWidth(text, sizePx, face) <= widthPx) return text;
  const room = widthPx - textWidth('…', sizePx, face);
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += advance(character, face) * sizePx;
    if (used > room) break;
    kept += character;
  }
  return kept === '' ? '' : `${kept.trimEnd()}…`;
}
