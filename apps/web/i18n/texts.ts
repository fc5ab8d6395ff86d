/** Texts by key; keys may be nested. */
export interface Texts {
  readonly [key: string]: string | Texts;
}
