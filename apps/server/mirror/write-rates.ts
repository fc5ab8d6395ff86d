import { parentOf } from '@vivarium/shared/path';

const WINDOW_MS = 60_000;
/** Paths that are counted in one window; those high in the tree come first and stay. */
const MAX_PATHS = 200_000;

/** Writes to each subtree in about the last minute: those of this window, and its share of those of the window before. */
export class WriteRates {
  private before = new Map<string, number>();
  private now = new Map<string, number>();
  private startedMs: number;

  constructor(nowMs: number) {
    this.startedMs = nowMs;
  }

  /** A znode was written, made or deleted. */
  wrote(path: string, nowMs: number): void {
    this.turn(nowMs);
    if (path !== '/') this.wrote(parentOf(path), nowMs);
    const count = this.now.get(path);
    if (count !== undefined || this.now.size < MAX_PATHS) this.now.set(path, (count ?? 0) + 1);
  }

  /** Writes a second. */
  of(path: string, nowMs: number): number {
    this.turn(nowMs);
    const passed = (nowMs - this.startedMs) / WINDOW_MS;
    return ((this.before.get(path) ?? 0) * (1 - passed) + (this.now.get(path) ?? 0)) / (WINDOW_MS / 1000);
  }

  private turn(nowMs: number): void {
    const passedMs = nowMs - this.startedMs;
    if (passedMs >= 0 && passedMs < WINDOW_MS) return;
    // Also where the clock went back: what was counted is of no known time then.
    this.before = passedMs >= 0 && passedMs < 2 * WINDOW_MS ? this.now : new Map();
    this.now = new Map();
    this.startedMs = passedMs >= 0 && passedMs < 2 * WINDOW_MS ? this.startedMs + WINDOW_MS : nowMs;
  }
}
