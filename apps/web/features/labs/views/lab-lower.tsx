/** Space–time diagram, journal, table of states and branches, as tabs. */
export function LabLower() {
  return null;
}
