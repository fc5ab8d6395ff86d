/**
 * docs/compatibility.md is the list of what Apache ZooKeeper has and of what becomes of it here. This check holds it against
 * the names that Apache has, so that none is forgotten, and against the tests that each row names, so that none is only said
 * to exist.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'vite';
import { apacheNames } from './lib/apache-names.ts';

/** One row of a table: `` | `name`, more | state | notes | `file` part of a test's name; … | `` */
interface Row {
  readonly line: number;
  readonly section: string;
  /** What stands between backticks in the first cell. */
  readonly names: readonly string[];
  readonly state: string;
  readonly notes: string;
  /** The references to tests, as they stand there. */
  readonly tests: readonly string[];
}

const DOCUMENT = 'docs/compatibility.md';
const STATES = ['works', 'differs', 'refused'];
const TEST_REFERENCE = /^`([^`]+)` (\S.*)$/;

/** Every fault of the document in a repository, as `docs/compatibility.md:line: what is wrong`. */
export function checkCompatibility(root: string): string[] {
  const rows = readRows(readFileSync(path.join(root, DOCUMENT), 'utf8'));
  const files = testFiles(root);
  const faults = rows.flatMap((row) => rowFaults(root, row, files).map((fault) => `${DOCUMENT}:${row.line}: ${fault}`));
  for (const [section, names] of Object.entries(apacheNames)) {
    const known = new Set(rows.filter((row) => row.section === section).flatMap((row) => row.names));
    const missing = names.filter((name) => !known.has(name));
    if (missing.length > 0) faults.push(`${DOCUMENT}: ${section}: no row for ${missing.join(', ')}`);
  }
  return faults;
}

function rowFaults(root: string, row: Row, files: readonly string[]): string[] {
  const faults: string[] = [];
  if (!STATES.includes(row.state)) faults.push(`${row.state}: a row works, differs or is refused`);
  if (row.state !== 'works' && row.notes === '') faults.push(`${row.state}: says nothing of why`);
  if (row.tests.length === 0) faults.push('names no test: `file` part of a test’s name');
  for (const reference of row.tests) {
    const [, file = '', part = ''] = TEST_REFERENCE.exec(reference) ?? [];
    if (part === '') {
      faults.push(`${reference}: a test is named by \`file\` part of its name`);
      continue;
    }
    const found = files.filter((one) => one === file || one.endsWith(`/${file}`));
    const [only] = found;
    if (only === undefined) faults.push(`${file}: there is no such test file`);
    else if (found.length > 1) faults.push(`${file}: there are ${found.length} of that name; give more of its path`);
    else if (!testTexts(path.join(root, only)).some((text) => text.includes(part))) {
      faults.push(`${only}: no test with “${part}” in its name`);
    }
  }
  return faults;
}

/** The rows of all tables, each below its `## ` heading. */
function readRows(text: string): Row[] {
  const rows: Row[] = [];
  let section = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('## ')) section = line.slice(3).trim();
    if (!line.startsWith('| ') || /^\| (what|---)/.test(line)) continue;
    const [what = '', state = '', notes = '', tests = ''] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    rows.push({
      line: index + 1,
      section,
      names: [...what.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
      state,
      notes,
      tests: tests === '' ? [] : tests.split(/;\s*(?=`)/).map((reference) => reference.trim()),
    });
  }
  return rows;
}

const textsOfFile = new Map<string, readonly string[]>();

/** What a test of the file may be called: the texts in a TypeScript file, each line of a suite in another language. */
function testTexts(file: string): readonly string[] {
  const known = textsOfFile.get(file);
  if (known !== undefined) return known;
  const source = readFileSync(file, 'utf8');
  const texts = file.endsWith('.ts') ? literalsOf(file, source) : source.split('\n');
  textsOfFile.set(file, texts);
  return texts;
}

/** Texts, not comments: a name that only a comment has is no test. */
function literalsOf(file: string, source: string): string[] {
  const texts: string[] = [];
  new Visitor({
    Literal: (node) => void (typeof node.value === 'string' && texts.push(node.value)),
    TemplateElement: (node) => void texts.push(node.value.raw),
  }).visit(parseSync(file, source).program);
  return texts;
}

/** Every file that may hold tests: those of Vitest, and what stands beside them in a folder of tests. */
function testFiles(root: string): string[] {
  const tops = ['packages', 'apps', 'e2e', 'bench', 'scripts'];
  return tops.flatMap((top) => filesBelow(root, top)).filter((file) => /\.test\.tsx?$|\/tests\//.test(file));
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (!entry.isDirectory()) return [name];
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesBelow(root, name);
  });
}

if (import.meta.main) {
  const faults = checkCompatibility(path.resolve(import.meta.dirname, '..'));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
