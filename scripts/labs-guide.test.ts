import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const guide = readFileSync(path.join(root, 'docs/labs.md'), 'utf8');

/** All scenario files, by what is in them. */
function scenarioSources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

/** The pieces of the worked example. A piece's first line names its file. */
function pieces(): { readonly file: string; readonly text: string }[] {
  return [...guide.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file = '', text = '']) => ({ file, text }));
}

/** Without the margin, which a piece that is quoted alone does not have. */
function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

test('the worked example for a new lesson is a file of the repository, piece by piece', () => {
  expect(pieces().length).toBeGreaterThanOrEqual(5);
  for (const { file, text } of pieces()) {
    const source = lines(readFileSync(path.join(root, file), 'utf8'));
    expect(source.includes(lines(text)), `${file}:\n${text}`).toBe(true);
  }
});

test('every lesson that the guide names is there', () => {
  const sources = scenarioSources(path.join(root, 'packages/labs'));
  const named = [...guide.matchAll(/`((?:2pc|3pc|paxos|zab|generals|cap)-[a-z0-9-]+)`/g)].map(([, id = '']) => id);
  expect(named.length).toBeGreaterThan(8);
  for (const id of new Set(named)) {
    expect(
      sources.some((source) => source.includes(`'${id}'`)),
      id,
    ).toBe(true);
  }
});
