import type { Viewer } from './authenticator.ts';

/** What may be done: to a cluster as a whole where `path` is null, to a znode otherwise. `attach`: take clusters in and out. */
export type Action = 'see' | 'read' | 'create' | 'write' | 'delete' | 'control' | 'disturb' | 'attach';

/**
 * The one gate in front of every read, event and write. Throws `ApiFailure` `forbidden` where the viewer may not. There is
 * one role today, which may do everything; what else is to be decided is decided here and nowhere else.
 */
export function authorise(_viewer: Viewer, _cluster: string, _path: string | null, _action: Action): void {}
