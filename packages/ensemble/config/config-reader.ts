import { type Property, parseProperties } from './properties.ts';

/** A configuration file's name, as messages show it, and its content. */
export interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

/** A property and the file in which it stands. */
export interface Setting extends Property {
  readonly file: string;
}

/** What a whole number may be. */
export interface IntRange {
  readonly fallback: number;
  readonly min: number;
  readonly max?: number;
  /** What the number counts, for the message: `milliseconds`. */
  readonly unit?: string;
}

const MAX_INT = 0x7fffffff;

/**
 * Takes settings out of a configuration file one by one, and collects all that is wrong with them, so that one start shows
 * every mistake. Each message begins with `file:line: key:`.
 */
export class ConfigReader {
  readonly file: string;
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  private readonly settings = new Map<string, Setting>();
  private readonly taken = new Set<string>();

  constructor(source: ConfigFile) {
    this.file = source.file;
    for (const property of parseProperties(source.text)) {
      const setting = { ...property, file: source.file };
      const before = this.settings.get(property.key);
      if (before !== undefined) {
        const message = `stands in line ${before.line} already; remove one of the two`;
        if (property.key.startsWith('server.')) this.fault(setting, message);
        else this.warn(setting, `${message}, the later one counts`);
      }
      this.settings.set(property.key, setting);
    }
  }

  fault(setting: Setting, message: string): void {
    this.faults.push(`${setting.file}:${setting.line}: ${setting.key}: ${message}`);
  }

  /** A fault of a key that should be there. */
  missing(key: string, remedy: string): void {
    this.faults.push(`${this.file}: ${key}: is missing; ${remedy}`);
  }

  warn(setting: Setting, message: string): void {
    this.warnings.push(`${setting.file}:${setting.line}: ${setting.key}: ${message}`);
  }

  /** The setting of a key, or null where it is not set. */
  take(key: string): Setting | null {
    this.taken.add(key);
    return this.settings.get(key) ?? null;
  }

  /** Whether a key is set. */
  has(key: string): boolean {
    return this.settings.has(key);
  }

  /** All settings whose keys start with the prefix, in the order of the file. */
  takePrefix(prefix: string): Setting[] {
    const found = this.rest().filter((setting) => setting.key.startsWith(prefix));
    for (const { key } of found) this.taken.add(key);
    return found;
  }

  /** The settings that nobody has taken. */
  rest(): Setting[] {
    return [...this.settings.values()].filter((setting) => !this.taken.has(setting.key));
  }

  int(key: string, range: IntRange): number {
    const setting = this.take(key);
    if (setting === null) return range.fallback;
    const { min, max = MAX_INT, unit } = range;
    const value = /^[+-]?\d{1,10}$/.test(setting.value) ? Number(setting.value) : Number.NaN;
    if (value >= min && value <= max) return value;
    const bounds = max === MAX_INT ? `of at least ${min}` : `from ${min} to ${max}`;
    const count = unit === undefined ? '' : `, in ${unit}`;
    this.fault(setting, `"${setting.value}" is not valid; it is a whole number ${bounds}${count}`);
    return range.fallback;
  }

  bool(key: string, fallback: boolean): boolean {
    return this.choice(key, fallback, 'true', 'false');
  }

  yesNo(key: string, fallback: boolean): boolean {
    return this.choice(key, fallback, 'yes', 'no');
  }

  private choice(key: string, fallback: boolean, yes: string, no: string): boolean {
    const setting = this.take(key);
    if (setting === null) return fallback;
    const value = setting.value.toLowerCase();
    if (value === yes) return true;
    if (value === no) return false;
    this.fault(setting, `"${setting.value}" is not valid; it is ${yes} or ${no}`);
    return fallback;
  }
}
