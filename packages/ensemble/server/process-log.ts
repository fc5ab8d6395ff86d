import fs from 'node:fs';
import { LineBudget } from './line-budget.ts';

const budget = new LineBudget(performance.now());

/** The log of the process: one line an entry, on standard output; the last words of a server that stops, on standard error. */
export const processLog = {
  info: (message: string): void => line('INFO ', message),
  warn: (message: string): void => line('WARN ', message),
  /** Not through a stream: the process may end right after it. */
  lastWords: (message: string): void => {
    try {
      fs.writeSync(2, `${oneLine(message)}\n`);
    } catch {
      // Nobody listens any more.
    }
  },
};

// A reader that went away is no reason to stop serving.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

function line(level: string, message: string): void {
  const leftOut = budget.take(performance.now());
  if (leftOut === null) return;
  if (leftOut > 0) write('WARN ', `${leftOut} lines were left out here: there were too many`);
  write(level, message);
}

function write(level: string, message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${level} ${oneLine(message)}\n`);
}

/** What clients and peers send gets into messages: it must not look like lines of its own. */
function oneLine(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace.
  return message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
