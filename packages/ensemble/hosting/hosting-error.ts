/** Why something that was asked of a hosted ensemble is not done; nothing has changed then. */
interface HostingFaults {
  /** No member has the number. */
  readonly unknownServer: { readonly sid: number };
  readonly alreadyRunning: { readonly sid: number };
  /** There is no process. */
  readonly notRunning: { readonly sid: number };
  readonly alreadyPaused: { readonly sid: number };
  readonly notPaused: { readonly sid: number };
  /** The process has been told to end, and has not ended yet. */
  readonly stopping: { readonly sid: number };
  /** The server was killed or stopped for good while it ended for a restart, and stays down. */
  readonly interrupted: { readonly sid: number };
  /** A server has no link to itself. */
  readonly sameServer: { readonly sid: number };
  /** A delay or a percentage is out of its range. */
  readonly invalidFault: { readonly field: string; readonly value: number; readonly min: number; readonly max: number };
  /** A server that was started alone cannot be observed: it has neither election nor quorum port. */
  readonly standalone: { readonly sid: number };
  readonly tooManyServers: { readonly limit: number };
  readonly portInUse: { readonly sid: number; readonly port: number; readonly use: 'client' | 'quorum' | 'election' };
  /** Another process hosts the servers of the directory; `pid` 0 and `since` empty where it has not said so yet. */
  readonly directoryInUse: { readonly directory: string; readonly pid: number; readonly since: string };
  /** The directory cannot be locked or written to. */
  readonly directoryUnusable: { readonly directory: string; readonly detail: string };
  /** The directory holds another number of servers than was asked for. */
  readonly membersDiffer: {
    readonly directory: string;
    readonly askedParticipants: number;
    readonly askedObservers: number;
    readonly participants: number;
    readonly observers: number;
  };
  /** The file that lists the members cannot be understood. */
  readonly membersUnreadable: { readonly file: string; readonly detail: string };
  /** The ensemble has been closed. */
  readonly closed: { readonly directory: string };
}

export type HostingErrorCode = keyof HostingFaults;

type Sentences = { readonly [Code in HostingErrorCode]: (params: HostingFaults[Code]) => string };

/** A code and what belongs to it, for programs; the message is a sentence for a log or a terminal. */
export class HostingError extends Error {
  override name = 'HostingError';
  readonly code: HostingErrorCode;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(code: HostingErrorCode, params: Readonly<Record<string, string | number>>, message: string) {
    super(message);
    this.code = code;
    this.params = params;
  }
}

/** The error with the code. */
export function hostingError<Code extends HostingErrorCode>(code: Code, params: HostingFaults[Code]): HostingError {
  return new HostingError(code, { ...params }, SENTENCES[code](params));
}

const SENTENCES: Sentences = {
  unknownServer: ({ sid }) => `there is no server ${sid}`,
  alreadyRunning: ({ sid }) => `server ${sid} runs already`,
  notRunning: ({ sid }) => `server ${sid} does not run`,
  alreadyPaused: ({ sid }) => `server ${sid} is paused already`,
  notPaused: ({ sid }) => `server ${sid} is not paused`,
  stopping: ({ sid }) => `server ${sid} is about to end`,
  interrupted: ({ sid }) => `server ${sid} was stopped for good before it could start again`,
  sameServer: ({ sid }) => `server ${sid} has no link to itself`,
  invalidFault: ({ field, value, min, max }) => `${field} is a whole number from ${min} to ${max}, not ${value}`,
  standalone: ({ sid }) =>
    `server ${sid} was started alone and cannot be observed; an ensemble has three servers or more`,
  tooManyServers: ({ limit }) => `an ensemble has ${limit} servers at most`,
  portInUse: ({ sid, port, use }) =>
    `port ${port}, the ${use} port of server ${sid}, is used by another process; stop it, or choose another base port`,
  directoryInUse: ({ directory, pid, since }) =>
    pid === 0
      ? `another process hosts the servers in ${directory}`
      : `process ${pid} hosts the servers in ${directory} since ${since}; stop it, or choose another directory`,
  directoryUnusable: ({ directory, detail }) => `${directory} cannot hold the data of servers: ${detail}`,
  membersDiffer: (params) =>
    `${params.directory} holds ${count(params.participants, params.observers)}, ` +
    `not ${count(params.askedParticipants, params.askedObservers)}; ask for what it holds, or choose another directory`,
  membersUnreadable: ({ file, detail }) => `${file} does not list the servers of an ensemble: ${detail}`,
  closed: ({ directory }) => `the ensemble in ${directory} has been closed`,
};

function count(participants: number, observers: number): string {
  const servers = `${participants} voting server${participants === 1 ? '' : 's'}`;
  return observers === 0 ? servers : `${servers} and ${observers} observer${observers === 1 ? '' : 's'}`;
}
