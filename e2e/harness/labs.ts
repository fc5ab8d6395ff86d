/** The labs as somebody else's web server has them: a folder, built by one command, of which files are served as they are. */
import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Locator, Page } from 'playwright-core';
import { type PageOptions, Viewer } from './browser.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The folder, and a server that knows nothing but its files. */
export class LabsFolder {
  readonly folder: string;
  readonly origin: string;
  /** Paths that were asked for, in their order. */
  readonly asked: string[] = [];
  private readonly server: Server;

  private constructor(folder: string, server: Server, asked: string[]) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the file server has no port');
    this.folder = folder;
    this.server = server;
    this.asked = asked;
    this.origin = `http://127.0.0.1:${address.port}`;
  }

  /** Builds the folder and serves it. */
  static async start(): Promise<LabsFolder> {
    const folder = mkdtempSync(path.join(tmpdir(), 'vivarium-labs-'));
    const options = ['--', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
    await promisify(execFile)('npm', ['run', 'build:labs', ...options], { cwd: ROOT, timeout: 120_000 });
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://labs');
      asked.push(pathname);
      const file = path.join(folder, path.normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
      const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
      if (!isThere) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
      createReadStream(file).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LabsFolder(folder, server, asked);
  }

  /** A person of its own, at the list of lessons or at a place behind the `#`. */
  async open(browser: Browser, place = '', options: PageOptions = {}): Promise<LabViewer> {
    const { width = 1440, height = 900, theme = 'light', locale = 'en' } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const viewer = new LabViewer(new Viewer(context, await context.newPage()));
    await viewer.page.goto(`${this.origin}/${place === '' ? '' : `#/${place}`}`);
    return viewer;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A lab as a person uses it: by what is written on it, in English. */
export class LabViewer {
  readonly viewer: Viewer;

  constructor(viewer: Viewer) {
    this.viewer = viewer;
  }

  get page(): Page {
    return this.viewer.page;
  }

  /** The steps, as a slider. */
  get steps(): Locator {
    return this.page.locator('[role=slider]');
  }

  /** Waits until the lab is there, and returns its step. */
  async step(): Promise<number> {
    await this.steps.waitFor();
    return Number(await this.steps.getAttribute('aria-valuenow'));
  }

  /** Waits until the lab shows the step. */
  async shows(step: number): Promise<void> {
    await this.page.locator(`[role=slider][aria-valuenow="${step}"]`).waitFor();
  }

  async forward(): Promise<void> {
    const before = await this.step();
    await this.page.getByRole('button', { name: 'A step forward' }).click();
    await this.shows(before + 1);
  }

  /** The open question; not there where none is asked. */
  get question(): Locator {
    return this.page.getByRole('form', { name: 'Prediction' });
  }

  /** Answers with the option of this number, counted from 0 (`verdict` says what comes of it). */
  async answer(option: number): Promise<void> {
    await this.question.getByRole('radio').nth(option).check();
    await this.question.getByRole('button', { name: 'Submit and go on' }).click();
  }

  /** Steps on until the page says whether the last answer was right, and returns that. */
  async verdict(): Promise<string> {
    const said = this.page.getByRole('status').filter({ hasText: /^(?:Right|Not so)$/ });
    for (let tries = 0; tries < 40 && !(await said.isVisible()); tries++) await this.forward();
    return (await said.textContent()) ?? '';
  }

  /** Goes to the next question, or to the end. */
  async toNextStop(): Promise<void> {
    await this.page.getByRole('button', { name: 'To the next question, or to the end' }).click();
  }

  async show(tab: string): Promise<void> {
    await this.page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
  }

  /** The hash of the state that is shown. */
  async hash(): Promise<string> {
    await this.show('States');
    return (await this.page.getByText('Hash of this state').locator('code').textContent()) ?? '';
  }
}
