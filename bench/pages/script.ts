import { ClusterPage } from '../../e2e/harness/cluster-page.ts';
import type { Bench, Row } from './part.ts';
import { withVivarium } from './rig.ts';

/** What the first visit of the Cluster page brings over the network, as it was sent: compressed, with headers. */
export function script(bench: Bench): Promise<readonly Row[]> {
  return withVivarium(bench, {}, async (vivarium) => {
    const context = await bench.browser.newContext({ viewport: { width: 1440, height: 900 } });
    try {
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send('Network.enable');
      const types = new Map<string, string>();
      const sent = new Map<string, { requests: number; bytes: number }>();
      devtools.on('Network.responseReceived', ({ requestId, type }) => void types.set(requestId, type));
      devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        const type = types.get(requestId) ?? 'Other';
        const { requests, bytes } = sent.get(type) ?? { requests: 0, bytes: 0 };
        sent.set(type, { requests: requests + 1, bytes: bytes + encodedDataLength });
      });
      await page.goto(vivarium.address);
      await new ClusterPage(page).leader();
      await page.waitForLoadState('networkidle');
      const kinds = [...sent].filter(([type]) => type !== 'Script').sort(([, a], [, b]) => b.bytes - a.bytes);
      return [
        { figure: 'first load of the Cluster page, scripts', value: describe(sent.get('Script')), limit: '300 kB' },
        ...kinds.map(([type, of]) => ({ figure: `… ${type.toLowerCase()}`, value: describe(of) })),
      ];
    } finally {
      await context.close();
    }
  });
}

function describe(of: { requests: number; bytes: number } = { requests: 0, bytes: 0 }): string {
  return `${(of.bytes / 1_000).toFixed(0)} kB in ${of.requests} ${of.requests === 1 ? 'request' : 'requests'}`;
}
