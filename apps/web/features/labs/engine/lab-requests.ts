/** What the page asks the engine for, with the parts of an answer put together and failures told. */
import type { StepRecord } from '@vivarium/labs/history';
import { type LabEngine, LabFault } from './lab-client.ts';
import type { BranchId, HistoryState, LabAnswer, LabFailure, LabRequest, OpenedHistory } from './lab-messages.ts';

/** A history that came from the engine. */
export interface Received {
  readonly opened: OpenedHistory | null;
  readonly records: readonly StepRecord[];
  readonly cursor: number;
  readonly state: HistoryState;
}

export class LabRequests {
  readonly #engine: LabEngine;
  readonly #onSteps: (count: number) => void;
  readonly #onFailure: (failure: LabFailure) => void;
  readonly #recall: (branch: BranchId) => readonly LabRequest[];

  /**
   * `onSteps`: so many steps of a history have come; `onFailure`: told of what nobody else takes care of; `recall`: what makes the
   * history of a branch again.
   */
  constructor(
    engine: LabEngine,
    onSteps: (count: number) => void,
    onFailure: (failure: LabFailure) => void,
    recall: (branch: BranchId) => readonly LabRequest[],
  ) {
    this.#engine = engine;
    this.#onSteps = onSteps;
    this.#onFailure = onFailure;
    this.#recall = recall;
  }

  /** Whether the engine did it; what it could not do is told. */
  async ask(request: LabRequest, onPart: (answer: LabAnswer) => void, onFailure = this.#onFailure): Promise<boolean> {
    try {
      await this.#askTwice(request, onPart);
      return true;
    } catch (error) {
      if (!(error instanceof LabFault)) throw error;
      onFailure(error.failure);
      return false;
    }
  }

  /** Once more where the engine was started anew: it is given again what the request is about. */
  async #askTwice(request: LabRequest, onPart: (answer: LabAnswer) => void): Promise<void> {
    try {
      await this.#engine.ask(request, onPart);
    } catch (error) {
      if (!(error instanceof LabFault) || error.failure.code !== 'forgotten') throw error;
      const branch = 'from' in request ? request.from : 'branch' in request ? request.branch : null;
      for (const again of branch === null ? [] : this.#recall(branch)) await this.#engine.ask(again);
      await this.#engine.ask(request, onPart);
    }
  }

  /** The history that answers a request, `prefix` being its first steps; null where the engine could not make it. */
  async receive(
    request: LabRequest,
    prefix: readonly StepRecord[],
    onFailure = this.#onFailure,
  ): Promise<Received | null> {
    const records = [...prefix];
    let opened: OpenedHistory | null = null;
    let cursor = 0;
    let state: HistoryState | null = null;
    const take = (answer: LabAnswer): void => {
      if (answer.kind === 'opened') ({ opened, cursor } = answer);
      else if (answer.kind === 'ran') ({ state } = answer);
      else if (answer.kind === 'records') {
        records.push(...answer.records);
        this.#onSteps(records.length);
      }
    };
    const isDone = await this.ask(request, take, onFailure);
    return isDone && state !== null ? { opened, records, cursor, state } : null;
  }

  /** The engine need not keep the history any longer; one that is gone keeps none. */
  close(branch: BranchId): void {
    void this.ask(
      { kind: 'close', branch },
      () => {},
      () => {},
    );
  }
}
