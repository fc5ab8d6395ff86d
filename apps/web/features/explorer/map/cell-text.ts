import type { TFunction } from 'i18next';
import { formatBytes, formatCount, type Language } from '../../../components/format.ts';
import { type Cell, MEASURES, type Measure } from './icicle.ts';

type Texts = TFunction<'explorer'>;
type Figures = Pick<Cell, 'znodes' | 'bytes' | 'writes'>;

/** What a cell is called: the znode, or how many children lie behind it. */
export function nameOfCell(cell: Pick<Cell, 'kind' | 'name' | 'children'>, t: Texts, language: Language): string {
  if (cell.kind === 'znode') return cell.name === '' ? '/' : cell.name;
  return t('map.rest', { count: cell.children, total: formatCount(cell.children, language) });
}

/** A figure where its measure is named beside it. */
export function figureText(value: number, measure: Measure, language: Language): string {
  if (measure === 'bytes') return formatBytes(value, language);
  if (measure === 'znodes' || value >= 100) return formatCount(value, language);
  // Two digits say enough of what is an average of a minute.
  return value >= 10 ? value.toFixed(1) : String(Number(value.toFixed(2)));
}

/** All figures with their measures. */
export function figuresText(figures: Figures, t: Texts, language: Language): string {
  return MEASURES.map((measure) => `${t(`map.by.${measure}`)} ${figureText(figures[measure], measure, language)}`).join(
    ' · ',
  );
}
