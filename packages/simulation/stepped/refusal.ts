/** Why an action cannot be done where it is asked for. A name for each, so that pages can say it in their language. */
export type RefusalReason =
  | 'no-such-message'
  | 'no-such-node'
  | 'no-such-timer'
  | 'no-such-tamper'
  | 'no-such-command'
  /** No step of the history has that number. */
  | 'no-such-step'
  | 'node-is-down'
  | 'node-is-paused'
  | 'node-is-up'
  | 'node-is-not-paused'
  | 'link-is-cut'
  | 'link-is-not-cut'
  /** A node has no link to itself. */
  | 'no-such-link'
  | 'already-held'
  | 'not-held'
  /** Nothing would be otherwise than it is. */
  | 'nothing-to-do'
  /** A history holds no more steps. */
  | 'history-is-full'
  /** No more messages may be under way: nothing that could send another one can be done. */
  | 'too-many-messages';

/** What `act` answers in place of an entry; nothing has changed then. */
export interface Refusal {
  readonly refused: RefusalReason;
}
