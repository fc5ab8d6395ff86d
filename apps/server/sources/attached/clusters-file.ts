/** `clusters.json` in the data directory: read at the start, and changed when the page adds, removes or switches a cluster. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { apiFailure } from '../../api-failure.ts';
import { NotAListError } from './edit-definitions.ts';
import { JsonTextError, lineOf } from './json-text.ts';
import { type ReadDefinitions, readDefinitions } from './read-definitions.ts';

const FILE = 'clusters.json';
const MAX_BYTES = 1 << 20;
/** Only who runs the program reads it: it says where secrets lie. */
const MODE = 0o600;

export class ClustersFile {
  readonly path: string;

  constructor(directory: string) {
    this.path = path.join(directory, FILE);
  }

  /** What the file says; nothing where there is none. A file that cannot be read is a fault like those in it. */
  read(): ReadDefinitions {
    try {
      return readDefinitions(this.text() ?? '{}');
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { definitions: [], attachHosts: null, faults: [{ line: 1, field: '', what: error.message }] };
    }
  }

  /**
   * Replaces the file by what `change` makes of its text; what stands there now counts, not what stood there at the start.
   * Throws `ApiFailure` where it is no JSON or cannot be written, and then has changed nothing.
   */
  edit(change: (text: string) => string): void {
    let text = '';
    try {
      text = this.text() ?? '';
      const next = change(text);
      if (next !== text) this.replace(next);
    } catch (error) {
      if (error instanceof JsonTextError || error instanceof NotAListError) {
        throw apiFailure('clustersFileFaulty', { line: lineOf(text, error.at) });
      }
      if (error instanceof Error && 'code' in error)
        throw apiFailure('clustersFileUnwritable', { reason: String(error.code) });
      throw error;
    }
  }

  /** Null where there is no file. */
  private text(): string | null {
    try {
      if (statSync(this.path).size > MAX_BYTES) throw new Error(`has more than ${MAX_BYTES} bytes`);
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Whatever happens meanwhile, the file is the old one or the new one. A link stays one. */
  private replace(text: string): void {
    const exists = statSync(this.path, { throwIfNoEntry: false });
    const target = exists === undefined ? this.path : realpathSync(this.path);
    const temporary = `${target}.new`;
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', exists === undefined ? MODE : exists.mode & 0o777);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  }
}
