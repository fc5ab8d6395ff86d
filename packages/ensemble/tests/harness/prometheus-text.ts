/** A sample of a page for Prometheus. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** A metric with its samples. */
export interface MetricFamily {
  readonly type: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABELS = String.raw`\{(?:${NAME}="(?:[^"\\\n]|\\["\\n])*",?)*\}`;
const VALUE = String.raw`NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|summary|histogram|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(${LABELS})? (${VALUE})$`);

/**
 * Reads a page in the text format 0.0.4, strictly: each metric once, with HELP, TYPE and its samples together, the samples of a
 * summary under its name with quantiles, `_sum` and `_count`; no sample twice; a line feed at the end. Throws for anything else.
 */
export function parsePrometheusText(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, { type: string; samples: Sample[] }>();
  let help = '';
  let current = '';
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = HELP.exec(line)?.[1];
    const [, typed, type] = TYPE.exec(line) ?? [];
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (helped !== undefined) {
      help = helped;
    } else if (typed !== undefined && type !== undefined) {
      if (typed !== help || families.has(typed)) throw new Error(`out of place: ${line}`);
      families.set(typed, { type, samples: [] });
      current = typed;
    } else if (name !== undefined && value !== undefined) {
      const family = families.get(current);
      if (family === undefined || !belongs(name, labels, current, family.type))
        throw new Error(`out of place: ${line}`);
      if (seen.has(name + labels)) throw new Error(`twice: ${line}`);
      seen.add(name + labels);
      family.samples.push({ name, labels, value: Number(value) });
    } else {
      throw new Error(`not a line of the format: ${line}`);
    }
  }
  for (const [name, { samples }] of families) if (samples.length === 0) throw new Error(`${name} has no sample`);
  return families;
}

function belongs(name: string, labels: string, family: string, type: string): boolean {
  if (type !== 'summary') return name === family;
  if (name === family) return /^\{quantile="[\d.]+",?\}$/.test(labels);
  return (name === `${family}_sum` || name === `${family}_count`) && labels === '';
}
