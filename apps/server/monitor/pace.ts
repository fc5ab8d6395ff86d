/** How often what is asked; tests change it. All in ms. */
export interface Pace {
  /** Between two looks at a server that answers quickly. */
  readonly lookMs: number;
  /** Between two looks at a slow one, at most: when it is slow is when one wants to know. */
  readonly slowMs: number;
  /** Between two looks at a silent one, at most. */
  readonly silentMs: number;
  /** A server that takes long gets as many times that to rest. */
  readonly restFactor: number;
  /** For a whole answer. */
  readonly timeoutMs: number;
  readonly digestsMs: number;
  readonly clientsMs: number;
  /** A list of connections costs the server something for each: so much longer for every one. */
  readonly clientsPerConnectionMs: number;
  /** What hardly ever changes, and what was refused. */
  readonly seldomMs: number;
  /** The admin server where the words already tell all, or where nobody listens. */
  readonly adminMs: number;
}

export const PACE: Pace = {
  lookMs: 2_000,
  slowMs: 5_000,
  silentMs: 15_000,
  restFactor: 5,
  timeoutMs: 3_000,
  digestsMs: 10_000,
  clientsMs: 15_000,
  clientsPerConnectionMs: 20,
  seldomMs: 300_000,
  adminMs: 60_000,
};

/** What became of a look. */
export interface LookResult {
  readonly tookMs: number;
  /** How many in a row, this one among them, got nothing. */
  readonly failures: number;
}

/** Until the next look, never the same for two servers: longer where the last one took long, or got nothing. */
export function delayMs(pace: Pace, { tookMs, failures }: LookResult, random: number): number {
  const { lookMs, slowMs, silentMs, restFactor } = pace;
  if (failures === 0) return Math.min(Math.max(tookMs * restFactor, lookMs), Math.max(slowMs, lookMs)) * jitter(random);
  // To be refused costs nobody anything, so that a server that comes back is soon seen; to wait in its queue does.
  const limitMs = tookMs < lookMs / 2 ? 2 * lookMs : silentMs;
  return Math.min(lookMs * 2 ** Math.min(failures - 1, 8), limitMs) * jitter(random);
}

function jitter(random: number): number {
  return 0.85 + random * 0.3;
}
