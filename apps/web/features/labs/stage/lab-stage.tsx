/** The nodes, the links and the messages under way, at the moment that is shown. */
export function LabStage() {
  return null;
}
