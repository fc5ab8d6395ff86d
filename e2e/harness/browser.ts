/** A real browser, and pages that are looked at for errors. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Vivarium } from './vivarium.ts';

/** As root Chromium needs its sandbox off; the rest keeps it from looking for a network that is not there. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly locale?: 'en' | 'zh-CN';
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
}

/** A page of a person of its own, signed in by the printed address, on a path below it. */
export async function openPage(
  browser: Browser,
  vivarium: Vivarium,
  path = '',
  options: PageOptions = {},
): Promise<Viewer> {
  const { width = 1440, height = 900, theme = 'light', locale = 'en' } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale });
  const page = await context.newPage();
  const viewer = new Viewer(context, page);
  await page.goto(vivarium.address);
  if (path !== '') await page.goto(new URL(path, vivarium.base).href);
  return viewer;
}

export class Viewer {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the console complained of, and what was thrown. */
  readonly complaints: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Ends the person's visit; nothing may have gone wrong in it but what is expected. */
  async leave(expected: RegExp = /^$/): Promise<void> {
    await this.context.close();
    expect(this.complaints.filter((complaint) => !expected.test(complaint))).toEqual([]);
  }
}
