/** What a node knows, in words: for tables, labels and screen readers, where the stage draws it. Pure. */
import type { FactValue } from '@vivarium/labs/node-view';
import type { Text } from '@vivarium/labs/text';

/** The words that a value is made of beside its own. */
export interface FactWords {
  readonly say: (text: Text) => string;
  readonly none: string;
  /** `2 of 3` with those who said it: `2/3: A1, A3`. */
  readonly tally: (parts: { readonly have: number; readonly need: number; readonly names: string }) => string;
  readonly against: (names: string) => string;
  readonly lock: (key: string, holder: string) => string;
}

/** A value as one line of text. */
export function factText(value: FactValue, words: FactWords): string {
  switch (value.kind) {
    case 'term':
      return value.term;
    case 'text':
      return words.say(value.text);
    case 'value':
      return value.value;
    case 'accepted':
      return `(${value.ballot}, ${value.value})`;
    case 'zxid':
      return `${value.epoch.toString(16)}·${value.counter.toString(16)}`;
    case 'tally': {
      const tally = words.tally({
        have: value.have.length,
        need: value.need,
        names: value.have.join(', ') || words.none,
      });
      return value.against.length === 0 ? tally : `${tally}; ${words.against(value.against.join(', '))}`;
    }
    case 'locks':
      return value.locks.map(({ key, holder }) => words.lock(key, holder)).join(', ') || words.none;
    case 'names':
      return value.names.join(', ') || words.none;
    case 'none':
      return words.none;
  }
}
