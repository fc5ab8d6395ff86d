import { Inbox } from './stage/inbox.tsx';
import { LabStage } from './stage/lab-stage.tsx';
import { LabLower } from './views/lab-lower.tsx';

/** The list of lessons, or the lab that the address names. */
export function LabsPage() {
  return (
    <>
      <LabStage />
      <Inbox />
      <LabLower />
    </>
  );
}
