/**
 * The log of the process: one line an entry, on standard output; the last words of a server that stops, on standard error.
 * VIVARIUM_LOG_FORMAT=json makes each line a JSON object, for programs that read logs. It is no key of zoo.cfg, since what is
 * wrong with that file is told in the same form.
 *
 * Nothing that authenticates anybody, and no data of a znode, may get into a message.
 */
import fs from 'node:fs';
import { LineBudget } from './line-budget.ts';

type Level = 'info' | 'warn' | 'fatal';

const budget = new LineBudget(performance.now());
const isJson = process.env.VIVARIUM_LOG_FORMAT === 'json';
/** The number of the server, which is not known before its configuration is read; null for a server alone. */
let server: number | null = null;

export const processLog = {
  /** Names the server in every JSON line from now on. */
  ofServer: (sid: number | null): void => {
    server = sid;
  },
  info: (message: string): void => take('info', message),
  warn: (message: string): void => take('warn', message),
  /** Not through a stream: the process may end right after it. */
  lastWords: (message: string): void => {
    try {
      fs.writeSync(2, isJson ? jsonLine('fatal', message) : `${oneLine(message)}\n`);
    } catch {
      // Nobody listens any more.
    }
  },
};

// A reader that went away is no reason to stop serving.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

function take(level: Level, message: string): void {
  const leftOut = budget.take(performance.now());
  if (leftOut === null) return;
  if (leftOut > 0) write('warn', `${leftOut} lines were left out here: there were too many`);
  write(level, message);
}

function write(level: Level, message: string): void {
  process.stdout.write(isJson ? jsonLine(level, message) : textLine(level, message));
}

function textLine(level: Level, message: string): string {
  return `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${oneLine(message)}\n`;
}

function jsonLine(level: Level, message: string): string {
  return `${JSON.stringify({ time: new Date().toISOString(), level, server, process: process.pid, message })}\n`;
}

/** What clients and peers send gets into messages: it must not look like lines of its own. */
function oneLine(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace.
  return message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
