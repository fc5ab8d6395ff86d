/** A sentence in every language that the pages speak. It stands beside what it speaks of, so that a scenario is one file. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** A sentence, or one that is made from what it speaks of. */
export type TextOf<Subject> = Text | ((subject: Subject) => Text);

/** The sentence for this subject. */
export function textFor<Subject>(text: TextOf<Subject>, subject: Subject): Text {
  return typeof text === 'function' ? text(subject) : text;
}

/** A name of the field that is the same in all languages: `READY`, `Promise(2, ∅)`. */
export function term(name: string): Text {
  return { en: name, zh: name };
}
