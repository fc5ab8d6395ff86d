/**
 * Who may import whom. The table below is the map in ARCHITECTURE.md; this check reads every source file and names each
 * import, of values or of types, that the table does not allow, and what pure code uses that makes it impure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { parseSync } from 'vite';

/** A part of the repository: the files under `path`, and what they may import besides one another. */
interface Zone {
  /** The folder, from the root; `.` is the files of the root itself. A file `<path>.ts` belongs to the zone too. */
  readonly path: string;
  /** The paths of the zones whose files this zone may import; `tests` are the tests of all packages. */
  readonly imports: readonly string[];
  /** Runs anywhere and gives the same answer each time: no Node, no npm packages, no clock, no chance. */
  readonly pure?: true;
  /** Runs in a browser: no Node. */
  readonly browser?: true;
}

const ensemble = ['core', 'storage', 'config', 'net', 'admin', 'server', 'hosting', 'attached', 'simulated'].map(
  (part) => `packages/ensemble/${part}`,
);
const libraries = [
  'packages/shared',
  'packages/shared/contract',
  'packages/wire',
  'packages/client',
  'packages/simulation',
  ...ensemble,
];

/** The rules. A zone deeper in the tree wins over the one that contains it. */
export const zones: readonly Zone[] = [
  { path: 'packages/shared', imports: [], pure: true },
  // The schemas of the network's contract are made with a library.
  { path: 'packages/shared/contract', imports: ['packages/shared'], browser: true },
  { path: 'packages/wire', imports: ['packages/shared'], pure: true },
  { path: 'packages/client', imports: ['packages/shared', 'packages/wire'] },
  { path: 'packages/simulation', imports: ['packages/shared'], pure: true },

  { path: 'packages/ensemble/core', imports: ['packages/shared', 'packages/wire'], pure: true },
  {
    path: 'packages/ensemble/storage',
    imports: ['packages/shared', 'packages/wire', 'packages/ensemble/core'],
    pure: true,
  },
  { path: 'packages/ensemble/config', imports: ['packages/shared', 'packages/ensemble/core'], pure: true },
  {
    path: 'packages/ensemble/simulated',
    imports: [
      'packages/shared',
      'packages/wire',
      'packages/simulation',
      'packages/ensemble/core',
      'packages/ensemble/storage',
    ],
    pure: true,
  },
  {
    path: 'packages/ensemble/net',
    imports: ['packages/shared', 'packages/wire', 'packages/ensemble/core', 'packages/ensemble/storage'],
  },
  {
    path: 'packages/ensemble/admin',
    imports: [
      'packages/shared',
      'packages/wire',
      'packages/ensemble/core',
      'packages/ensemble/storage',
      'packages/ensemble/net',
    ],
  },
  {
    path: 'packages/ensemble/server',
    imports: [
      'packages/shared',
      'packages/wire',
      'packages/ensemble/core',
      'packages/ensemble/config',
      'packages/ensemble/storage',
      'packages/ensemble/net',
      'packages/ensemble/admin',
    ],
  },
  {
    path: 'packages/ensemble/hosting',
    imports: [
      'packages/shared',
      'packages/wire',
      'packages/ensemble/core',
      'packages/ensemble/config',
      'packages/ensemble/storage',
      'packages/ensemble/net',
      'packages/ensemble/server',
    ],
  },
  {
    path: 'packages/ensemble/attached',
    imports: [
      'packages/shared',
      'packages/shared/contract',
      'packages/wire',
      'packages/ensemble/core',
      'packages/ensemble/config',
      'packages/ensemble/storage',
      'packages/ensemble/net',
    ],
  },
  { path: 'packages/ensemble/bin', imports: ['packages/shared', 'packages/wire', 'packages/simulation', ...ensemble] },

  {
    path: 'packages/labs',
    imports: [
      'packages/shared',
      'packages/wire',
      'packages/simulation',
      'packages/ensemble/core',
      'packages/ensemble/storage',
      'packages/ensemble/simulated',
    ],
    pure: true,
  },
  { path: 'apps/server', imports: libraries },
  {
    path: 'apps/web',
    imports: ['packages/shared', 'packages/shared/contract', 'packages/labs', 'packages/simulation'],
    browser: true,
  },
  { path: 'apps/web/vite.config', imports: [] },
  { path: 'apps/web/vite.labs.config', imports: [] },

  { path: 'e2e', imports: ['packages/shared', 'packages/shared/contract', 'packages/labs', 'tests'] },
  { path: 'bench', imports: [...libraries, 'packages/labs', 'tests', 'e2e'] },
  { path: 'scripts', imports: [] },
  { path: '.', imports: [] },
];

/** One broken rule, at a place. */
export interface Violation {
  /** From the root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What a file names: the modules it imports and what of the platform it touches. */
interface Mention {
  readonly offset: number;
  readonly kind: 'import' | 'computed import' | 'reference directive' | 'platform';
  readonly name: string;
}

/** Anything in the syntax tree. */
type Syntax = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

const sourceFile = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const testFile = /\.test\.tsx?$|^(packages|apps)\/[^/]+\/tests\//;

/** Every broken rule below `root`, in the order of the files. */
export function checkLayering(root: string): Violation[] {
  const folders = workspaceFolders(root);
  return sourceFiles(root, '').flatMap((file) => checkFile(root, file, folders));
}

function checkFile(root: string, file: string, folders: ReadonlyMap<string, string>): Violation[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const { mentions, syntaxError } = mentionsIn(file, source);
  const violation = (offset: number, message: string): Violation => ({
    file,
    line: source.slice(0, offset).split('\n').length,
    message,
  });
  if (syntaxError !== undefined) return [violation(0, `cannot be parsed: ${syntaxError}`)];
  const zone = zoneOf(file);
  if (zone === undefined) return [violation(0, 'belongs to no zone of scripts/check-layering.ts')];
  return mentions.flatMap((mention) => {
    const message = fault(file, zone, mention, folders);
    return message === undefined ? [] : [violation(mention.offset, message)];
  });
}

/** What is wrong with one mention in a file of `zone`, or undefined. Tests may import anything but by a wrong path. */
function fault(
  file: string,
  zone: Zone | 'tests',
  { kind, name }: Mention,
  folders: ReadonlyMap<string, string>,
): string | undefined {
  const rules = zone === 'tests' ? undefined : zone;
  if (kind === 'platform') {
    return rules?.pure && `${rules.path} is pure: no ${name}; time and chance come in as inputs`;
  }
  if (kind === 'reference directive') {
    return rules?.pure && `${rules.path} is pure: ${name} would give it a platform's types`;
  }
  if (kind === 'computed import') {
    return rules && `${name}: an import whose module is computed cannot be checked`;
  }
  if (isBuiltin(name)) {
    if (rules?.pure) return `${rules.path} is pure: it may not import ${name}`;
    return rules?.browser && `${rules.path} runs in a browser: it may not import ${name}`;
  }
  if (/^(?:[#/]|[a-z]+:)/.test(name)) return `${name}: import by package name or by relative path`;
  const target = targetOf(file, name, folders);
  if (target === undefined) return rules?.pure && `${rules.path} is pure: it may not import the npm package ${name}`;
  if (target === 'unknown') return `${name}: no workspace has that name`;
  if (name.startsWith('.') && packageOf(target) !== packageOf(file)) {
    return `${name} leaves ${packageOf(file)}: import another package by its name`;
  }
  const targetZone = zoneOf(target);
  if (rules === undefined || targetZone === rules) return undefined;
  const targetPath = targetZone === 'tests' ? targetZone : targetZone?.path;
  if (targetPath !== undefined && rules.imports.includes(targetPath)) return undefined;
  const allowed = rules.imports.length === 0 ? 'nothing of ours' : rules.imports.join(', ');
  return `${rules.path} may not import ${targetPath ?? target} (${name}); it may import ${allowed}`;
}

/** The file or folder, from the root, that a specifier of ours names; undefined for an npm package. */
function targetOf(file: string, specifier: string, folders: ReadonlyMap<string, string>): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(file), specifier);
  if (!specifier.startsWith('@vivarium/')) return undefined;
  const [scope, name, ...rest] = specifier.split('/');
  const folder = folders.get(`${scope}/${name}`);
  return folder === undefined ? 'unknown' : path.posix.join(folder, ...rest);
}

/** The folder with a package.json that a file lies in. */
function packageOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'packages' || first === 'apps' ? `${first}/${second}` : 'the root';
}

function zoneOf(file: string): Zone | 'tests' | undefined {
  if (testFile.test(file)) return 'tests';
  const bare = file.replace(sourceFile, '');
  return zones
    .filter(({ path: folder }) =>
      folder === '.' ? !file.includes('/') : bare === folder || file.startsWith(`${folder}/`),
    )
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** The names of our packages and where they are. */
function workspaceFolders(root: string): Map<string, string> {
  const folders = new Map<string, string>();
  for (const parent of ['packages', 'apps']) {
    for (const entry of listFolder(path.join(root, parent))) {
      const folder = `${parent}/${entry.name}`;
      const manifest = listFolder(path.join(root, folder)).find(({ name }) => name === 'package.json');
      if (manifest === undefined) continue;
      const { name } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
      folders.set(name, folder);
    }
  }
  return folders;
}

function sourceFiles(root: string, folder: string): string[] {
  return listFolder(path.join(root, folder)).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped = entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.');
      return skipped ? [] : sourceFiles(root, name);
    }
    return sourceFile.test(name) ? [name] : [];
  });
}

/** A folder's entries by name; none if there is no such folder. */
function listFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/**
 * Reads the syntax tree rather than the text or what stripping leaves of it: `import type`, `import('…').T` and
 * `declare module '…'` are imports too, and the word Date in a comment is nothing.
 */
function mentionsIn(file: string, source: string): { mentions: Mention[]; syntaxError?: string } {
  const { program, comments, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) return { mentions: [], syntaxError: error.message };
  const mentions: Mention[] = [];
  for (const { value, start } of comments) {
    const directive = /^\/\s*(<reference\s+(?:types|lib|path)\s*=.*)/.exec(value)?.[1];
    if (directive !== undefined) mentions.push({ offset: start, kind: 'reference directive', name: directive });
  }
  walk(program as unknown as Syntax, undefined, '', (node, parent, role) => {
    const found = importIn(node, source) ?? platformIn(node, parent, role);
    if (found !== undefined) mentions.push({ ...found, offset: node.start });
  });
  return { mentions };
}

function importIn(node: Syntax, source: string): Omit<Mention, 'offset'> | undefined {
  const module = moduleNamedBy(node);
  if (!isSyntax(module)) return undefined;
  if (module.type === 'Literal' && typeof module.value === 'string') return { kind: 'import', name: module.value };
  const text = source.slice(node.start, node.end as number);
  return { kind: 'computed import', name: text };
}

/** The expression that names the module, if the node loads one. */
function moduleNamedBy(node: Syntax): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source;
    case 'TSExternalModuleReference':
      return node.expression;
    case 'TSModuleDeclaration':
      return isSyntax(node.id) && node.id.type === 'Literal' ? node.id : undefined;
    case 'CallExpression':
      return isSyntax(node.callee) && node.callee.type === 'Identifier' && node.callee.name === 'require'
        ? (node.arguments as readonly unknown[])[0]
        : undefined;
    default:
      return undefined;
  }
}

/**
 * What the language itself has of the platform. The compiler knows the rest (timers, console, Buffer) to be absent from
 * pure code. `Math` may be used for its functions, but not handed on whole, as `random` would go with it.
 */
function platformIn(node: Syntax, parent: Syntax | undefined, role: string): Omit<Mention, 'offset'> | undefined {
  if (node.type !== 'Identifier' || isOnlyAName(parent, role)) return undefined;
  if (node.name === 'Date' || node.name === 'globalThis') return { kind: 'platform', name: node.name };
  if (node.name !== 'Math') return undefined;
  const member = parent?.type === 'MemberExpression' && role === 'object' && !parent.computed && parent.property;
  const harmless = isSyntax(member) && member.name !== 'random';
  return harmless ? undefined : { kind: 'platform', name: 'Math.random' };
}

/** Whether an identifier in this place is the name of a member or of an import, and refers to nothing by itself. */
function isOnlyAName(parent: Syntax | undefined, role: string): boolean {
  if (parent === undefined) return false;
  if (role === 'key' || role === 'property') return !parent.computed;
  if (parent.type === 'ImportSpecifier') return role === 'imported';
  if (parent.type === 'ExportSpecifier') return role === 'exported';
  return parent.type === 'TSQualifiedName' && role === 'right';
}

type Visit = (node: Syntax, parent: Syntax | undefined, role: string) => void;

function walk(node: Syntax, parent: Syntax | undefined, role: string, visit: Visit): void {
  visit(node, parent, role);
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isSyntax(child)) walk(child, node, key, visit);
    }
  }
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

if (import.meta.main) {
  const violations = checkLayering(process.argv[2] ?? path.resolve(import.meta.dirname, '..'));
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  console.log(violations.length === 0 ? 'layering: no violations' : `layering: ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
