/** What is on disk cannot be made into a server without risking data. The message is one line for whoever runs the server. */
export class RecoveryError extends Error {
  override name = 'RecoveryError';
  /** The file at fault, below the data or log directory. */
  readonly path: string;

  /** The message is made of what is wrong with the file and of what to do about it. */
  constructor(path: string, wrong: string, remedy: string) {
    super(`${path} ${wrong}; ${remedy}`);
    this.path = path;
  }
}

/** What can be done about lost or damaged history. */
export const RESTORE_OR_REFETCH =
  'restore the directory from a backup, or, where a quorum of the other servers is up, move its version-2 away and start this server with db.autocreate=false: it will fetch everything from the leader, and vote for nothing before';
