/** The engine without a worker. What it answers crosses by copying, as it does from one. */
import { type LabEngine, LabFault } from './lab-client.ts';
import { LabHost } from './lab-host.ts';
import type { LabAnswer, LabRequest } from './lab-messages.ts';

/** Small, and so loaded quickly. */
const twoPhaseCommit = { id: '2pc', load: () => import('@vivarium/labs/two-phase-commit/chapter') } as const;

export class EngineForTests implements LabEngine {
  readonly requests: LabRequest[] = [];
  readonly #sources: ConstructorParameters<typeof LabHost>[1];
  #host: LabHost;
  #onAnswer: (answer: LabAnswer) => void = () => {};

  constructor(sources: ConstructorParameters<typeof LabHost>[1] = [twoPhaseCommit]) {
    this.#sources = sources;
    this.#host = this.#start();
  }

  /** As after a worker has died: no history is there any more. */
  restart(): void {
    this.#host = this.#start();
  }

  #start(): LabHost {
    return new LabHost((answer) => this.#onAnswer(structuredClone(answer)), this.#sources);
  }

  async ask(request: LabRequest, onPart?: (answer: LabAnswer) => void): Promise<void> {
    this.requests.push(request);
    const answers: LabAnswer[] = [];
    this.#onAnswer = (answer) => answers.push(answer);
    await this.#host.take(this.requests.length, structuredClone(request));
    for (const answer of answers) {
      if (answer.kind === 'failed') throw new LabFault(answer.failure);
      onPart?.(answer);
    }
  }
}
