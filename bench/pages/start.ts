import { ClusterPage } from '../../e2e/harness/cluster-page.ts';
import type { Bench, Row } from './part.ts';
import { withPage, withVivarium } from './rig.ts';
import { summary } from './statistics.ts';

/** From `npm start`, installed and built, to the printed address, and from there to a leader on the screen. */
export async function start(bench: Bench): Promise<readonly Row[]> {
  const printedMs: number[] = [];
  const drawnMs: number[] = [];
  const bothMs: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    await withVivarium(bench, { byNpm: true }, async (vivarium) => {
      const openedMs = performance.now();
      await withPage(bench, vivarium, async (page) => {
        const cluster = new ClusterPage(page);
        await cluster.showsRole(await cluster.leader(), 'leader');
        drawnMs.push(performance.now() - openedMs);
      });
      printedMs.push(vivarium.startMs);
      bothMs.push(vivarium.startMs + (drawnMs.at(-1) ?? 0));
    });
  }
  return [
    { figure: '`npm start` (installed, built) to the printed address', value: summary(printedMs), limit: '20 s' },
    { figure: 'the address opened to a drawn leader', value: summary(drawnMs) },
    { figure: '`npm start` to a drawn leader', value: summary(bothMs), limit: '20 s' },
  ];
}
