/** Which children to list. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
  /** Whether each child's Stat is wanted. */
  readonly stat: boolean;
}
