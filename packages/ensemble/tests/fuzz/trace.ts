import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conversation } from './world.ts';

/** So many of the last conversations are kept: what goes wrong shows within a burst or two. */
const MAX_CONVERSATIONS = 2_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** The last conversations of a run, which can be written to a file and led again. */
export class Trace {
  private kept: { readonly conversation: Conversation; readonly bytes: number }[] = [];
  private bytes = 0;

  add(conversation: Conversation): void {
    const bytes = conversation.chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.kept.push({ conversation, bytes });
    this.bytes += bytes;
    while (this.kept.length > MAX_CONVERSATIONS || this.bytes > MAX_BYTES) this.bytes -= this.kept.shift()?.bytes ?? 0;
  }

  /** One conversation a line, as JSON, its bytes in hex. Returns the path of the file, among the system's temporary ones. */
  save(port: string, seed: number): string {
    const file = join(tmpdir(), `vivarium-fuzz-${port}-${seed}.trace.jsonl`);
    const lines = this.kept.map(({ conversation }) => {
      // A Buffer would make JSON of itself before anybody could ask.
      const chunks = conversation.chunks.map((chunk) => ({
        ...chunk,
        bytes: Buffer.from(chunk.bytes).toString('hex'),
      }));
      return JSON.stringify({ ...conversation, chunks });
    });
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }
}

/** The conversations of a saved trace. */
export function loadTrace(file: string): Conversation[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) =>
    JSON.parse(line, (key, value: unknown) =>
      key === 'bytes' && typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'hex')) : value,
    ),
  );
}
