import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkCompatibility } from './check-compatibility.ts';
import { apacheNames } from './lib/apache-names.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'vivarium-compatibility-'));
  for (const folder of ['docs', 'packages/ensemble/tests/clients', 'apps', 'e2e', 'bench', 'scripts']) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  write('packages/ensemble/tests/reads.test.ts', "// in a comment\ntest('reads a znode', () => {});");
  write('packages/ensemble/tests/clients/checks.py', 'def locks_are_fair():\n    pass\n');
});

afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  writeFileSync(path.join(root, file), text);
}

/** A document with a good row for each name, and these rows before them. */
function document(rows: readonly string[]): void {
  const sections = Object.entries(apacheNames).map(([section, names]) =>
    [`## ${section}`, ...names.map((name) => `| \`${name}\` | works | | \`reads.test.ts\` reads a znode |`)].join('\n'),
  );
  write('docs/compatibility.md', [...rows, ...sections].join('\n'));
}

test('a document whose tests exist has no fault', () => {
  document([
    '| what | state | notes | tests |',
    '| --- | --- | --- | --- |',
    '| locks | differs | fairer | `checks.py` locks_are_fair; `tests/reads.test.ts` reads |',
  ]);
  expect(checkCompatibility(root)).toEqual([]);
});

test.each([
  ['| a | works | | |', 'names no test: `file` part of a test’s name'],
  [
    '| a | works | | `reads.test.ts` in a comment |',
    'packages/ensemble/tests/reads.test.ts: no test with “in a comment” in its name',
  ],
  ['| a | works | | `reads.test.ts` |', '`reads.test.ts`: a test is named by `file` part of its name'],
  ['| a | works | | `writes.test.ts` writes |', 'writes.test.ts: there is no such test file'],
  ['| a | soon | later | `reads.test.ts` reads |', 'soon: a row works, differs or is refused'],
  ['| a | refused | | `reads.test.ts` reads |', 'refused: says nothing of why'],
])('%s', (row, fault) => {
  document([row]);
  expect(checkCompatibility(root)).toEqual([`docs/compatibility.md:1: ${fault}`]);
});

test('a name of Apache’s without a row is a fault', () => {
  document([]);
  write('docs/compatibility.md', '## Operations\n| `create` | works | | `reads.test.ts` reads |');
  const [fault] = checkCompatibility(root);
  expect(fault).toMatch(/^docs\/compatibility\.md: Operations: no row for closeSession, createSession, delete, /);
});
