/** How a server's process ended. */
export interface ServerExit {
  /** One of the two is not null. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of its log. */
  readonly lastLines: readonly string[];
}

/**
 * A process that is there. `starting`: its ports are not open yet; `stopping`: it was told to end; `killing`: it has had
 * its SIGKILL, and only the system has still to say so.
 */
export interface LiveProcess {
  readonly state: 'starting' | 'running' | 'paused' | 'stopping' | 'killing';
  /** Null where the system could not start it, which `died` will tell next. */
  readonly pid: number | null;
  /** Who asked for the change; null where nobody is named. */
  readonly by: string | null;
}

/** There is no process: it was stopped or never started, it was killed on request, or it died by itself. */
export type EndedProcess =
  | { readonly state: 'stopped'; readonly pid: null; readonly by: string | null; readonly exit: ServerExit | null }
  | { readonly state: 'killed'; readonly pid: null; readonly by: string | null; readonly exit: ServerExit }
  | { readonly state: 'died'; readonly pid: null; readonly by: null; readonly exit: ServerExit };

/** The process of a hosted server. */
export type HostedProcess = LiveProcess | EndedProcess;

/** Whether there is no process. */
export function hasEnded(process: HostedProcess): process is EndedProcess {
  return 'exit' in process;
}
