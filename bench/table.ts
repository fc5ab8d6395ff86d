import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import type { Sample } from './figures.ts';

/** The middle one of the values (of an even number, the mean of the two in the middle). */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  if (low === undefined || high === undefined) {
    throw new Error('the median of nothing');
  }
  return (low + high) / 2;
}

/** All samples of a run, by row and flavour, in the order of the first sample of each row. */
export class Samples {
  readonly #rows = new Map<string, { first: Sample; values: Map<Flavour, number[]> }>();

  add(flavour: Flavour, sample: Sample): void {
    let row = this.#rows.get(sample.row);
    if (row === undefined) {
      row = { first: sample, values: new Map() };
      this.#rows.set(sample.row, row);
    }
    const values = row.values.get(flavour) ?? [];
    values.push(sample.value);
    row.values.set(flavour, values);
  }

  /** A Markdown table: medians of each flavour and, where there are two, the ratio of the first to the second. */
  toMarkdown(flavours: readonly Flavour[]): string {
    const names = flavours.map((flavour) => (flavour === 'vivarium' ? 'Vivarium' : 'Apache 3.8'));
    const head = ['figure', 'unit', ...names, names.length > 1 ? 'ratio' : '', 'better', 'all rounds'];
    const lines = [head, head.map(() => '---')];
    for (const [name, { first, values }] of this.#rows) {
      const medians = flavours.map((flavour) => median(values.get(flavour) ?? []));
      const [ours, theirs] = medians;
      const ratio = ours !== undefined && theirs !== undefined ? `${(ours / theirs).toFixed(2)}` : '';
      const rounds = flavours.map((flavour) => (values.get(flavour) ?? []).map(format).join(' ')).join(' / ');
      lines.push([name, first.unit, ...medians.map(format), ratio, first.higherIsBetter ? 'higher' : 'lower', rounds]);
    }
    return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  }
}

/** Three significant digits or whole numbers. */
function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
