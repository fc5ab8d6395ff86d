import type { Readable } from 'node:stream';

/** The last characters that a process wrote to one of its streams; older ones are forgotten. */
export class BoundedTail {
  readonly #limit: number;
  #text = '';

  /** `limit`: how many characters to keep. */
  constructor(limit = 64 * 1024) {
    this.#limit = limit;
  }

  /** Starts to read a stream; it is read to its end, whatever its length. */
  follow(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const text = this.#text + chunk;
      this.#text = text.length > this.#limit ? text.slice(-this.#limit) : text;
    });
  }

  /** What is kept. */
  get text(): string {
    return this.#text;
  }

  /** What is kept, as lines without empty ones. */
  get lines(): string[] {
    return this.#text.split('\n').filter((line) => line.trim() !== '');
  }
}
