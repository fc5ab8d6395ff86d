/** The page's end of the engine: requests to the worker, and its answers. */
import type { LabAnswer, LabFailure, LabRequest } from './lab-messages.ts';

/** The engine could not do what it was asked for; the failure says why. */
export class LabFault extends Error {
  override name = 'LabFault';
  readonly failure: LabFailure;

  constructor(failure: LabFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

/** What asks the engine: the worker's end, or a test's. */
export interface LabEngine {
  /** Resolves with the last answer, whose parts went to `onPart` before; rejects with a `LabFault`. */
  ask(request: LabRequest, onPart?: (answer: LabAnswer) => void): Promise<void>;
}

interface Pending {
  readonly onPart: ((answer: LabAnswer) => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (fault: LabFault) => void;
}

/** The engine in a worker, which is started when it is first asked, and anew after it has died. */
export class LabClient implements LabEngine {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #lastId = 0;

  ask(request: LabRequest, onPart?: (answer: LabAnswer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { onPart, resolve, reject });
      try {
        this.#worker ??= this.#start();
        this.#worker.postMessage({ id, request });
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
      }
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./lab-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<LabAnswer>) => this.#answer(data);
    // A script that cannot be loaded, or that throws outside of a request: nothing that was asked will be answered.
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message ?? '');
    };
    worker.onmessageerror = () => this.#fail('');
    return worker;
  }

  #answer(answer: LabAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    if (answer.kind === 'done') {
      this.#pending.delete(answer.id);
      pending.resolve();
    } else if (answer.kind === 'failed') {
      this.#pending.delete(answer.id);
      pending.reject(new LabFault(answer.failure));
    } else {
      pending.onPart?.(answer);
    }
  }

  #fail(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of all) reject(new LabFault({ code: 'engine', params: { reason } }));
  }
}
