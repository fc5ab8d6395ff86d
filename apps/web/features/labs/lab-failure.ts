import type { LabFailure, LabFailureCode } from './engine/lab-messages.ts';

const keys = {
  engine: 'failure.engine',
  load: 'failure.load',
  scenario: 'failure.scenario',
  settings: 'failure.settings',
  refused: 'failure.refused',
  damaged: 'failure.damaged',
  version: 'failure.version',
  diverges: 'failure.diverges',
  defect: 'failure.defect',
} as const satisfies Readonly<Record<LabFailureCode, string>>;

/** The key, in `labs`, of the sentence that says what went wrong; its parameters are the failure's. */
export function failureKey(failure: LabFailure) {
  return keys[failure.code];
}
