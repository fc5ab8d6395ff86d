import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

const MAX_BYTES = 16 << 20;

/** A file that lines are added to. When it is full it becomes `<file>.1`, in place of the one before. */
export class LogFile extends Writable {
  private readonly file: string;
  private fd: number;
  private bytes: number;

  /** Throws where the file cannot be opened. */
  constructor(file: string) {
    super({ decodeStrings: true });
    this.file = file;
    this.fd = openSync(file, 'a');
    this.bytes = fstatSync(this.fd).size;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    try {
      if (this.bytes + chunk.length > MAX_BYTES) this.turn();
      writeSync(this.fd, chunk);
      this.bytes += chunk.length;
    } catch {
      // A full disk must not end the server; what it does matters more than the record of it.
    }
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    closeSync(this.fd);
    done(error);
  }

  private turn(): void {
    renameSync(this.file, `${this.file}.1`);
    closeSync(this.fd);
    this.fd = openSync(this.file, 'a');
    this.bytes = 0;
  }
}
