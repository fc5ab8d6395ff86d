/** What the parts have in common: servers and pages that end with them, and what is read from a page or a process. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openPage, type PageOptions } from '../../e2e/harness/browser.ts';
import { Vivarium, type VivariumOptions } from '../../e2e/harness/vivarium.ts';
import type { Bench } from './part.ts';

/** Runs something with a program of its own. */
export async function withVivarium<T>(
  bench: Bench,
  options: VivariumOptions,
  use: (vivarium: Vivarium) => Promise<T>,
): Promise<T> {
  const vivarium = await Vivarium.start({ ...options, args: [...bench.args, ...(options.args ?? [])] });
  try {
    return await use(vivarium);
  } finally {
    await vivarium.stop();
  }
}

/** Runs something with a page of its own that is signed in; what the page complains of goes to standard error. */
export async function withPage<T>(
  bench: Bench,
  vivarium: Vivarium,
  use: (page: Page) => Promise<T>,
  options: PageOptions = {},
): Promise<T> {
  const { context, page, complaints } = await openPage(bench.browser, vivarium, '', options);
  try {
    return await use(page);
  } finally {
    await context.close();
    for (const complaint of complaints) console.error(`the page says: ${complaint}`);
  }
}

/** What the figures were taken on. */
export function describeMachine(browser: Browser): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg()[0]?.toFixed(2);
  return (
    `${availableParallelism()} cores (${model}), ${gibibytes} GiB, Node ${process.versions.node}, headless Chromium ` +
    `${browser.version()} at 1440×900 without a GPU; browser, server, ensemble and load all on this machine; load average ` +
    `at the beginning ${load}.`
  );
}

/** Mebibytes that a page's scripts hold after everything else has been collected. */
export async function heapMebibytes(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const bytes = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
  return bytes / 2 ** 20;
}

/** Begins to note the gaps between the frames of a page, in ms; what it returns ends that. */
export async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
  const watch = await page.evaluateHandle(() => {
    const gaps: number[] = [];
    let last = performance.now();
    let running = true;
    const frame = (nowMs: number): void => {
      if (!running) return;
      gaps.push(nowMs - last);
      last = nowMs;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame((nowMs) => {
      last = nowMs;
      requestAnimationFrame(frame);
    });
    return {
      end(): number[] {
        running = false;
        return gaps;
      },
    };
  });
  return () => watch.evaluate((frames) => frames.end());
}
