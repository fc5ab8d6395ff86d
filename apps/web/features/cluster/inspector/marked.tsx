/** Sentences with identifiers in them: votes, zxids, sessions and packets stand out in the typeface of identifiers. */
import type { Sentence } from './election-facts.ts';
import { useText } from './text.ts';

const IDENTIFIERS = /(\(\d[\da-f]*, [\da-f]+·[\da-f]+, \d+\)|[\da-f]+·[\da-f]+|0x[\da-f]+)/;

/** Plain text in which votes, zxids and sessions are set as such. */
export function Marked({ text }: { readonly text: string }) {
  return text.split(IDENTIFIERS).map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no identity but their place.
      <span key={i} className="mono" style={{ whiteSpace: 'nowrap' }}>
        {part}
      </span>
    ),
  );
}

/** A sentence of the facts, in the reader's language. */
export function Said({ sentence }: { readonly sentence: Sentence }) {
  const t = useText();
  return <Marked text={t(sentence.key, sentence.params)} />;
}
