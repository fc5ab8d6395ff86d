/** A process that sends its parent so many trace events a second for so many seconds: `hosting-trace-source.ts 10000 2`. */
import { TraceChannel } from '../../server/trace-channel.ts';

const [perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
const trace = new TraceChannel(1, (message, taken) => process.send?.(message, undefined, {}, taken));
const beganMs = performance.now();
let pushed = 0;
const timer = setInterval(() => {
  const due = Math.min(Math.floor(((performance.now() - beganMs) * perSecond) / 1_000), perSecond * seconds);
  for (; pushed < due; pushed++) {
    trace.push({ kind: 'packetSent', to: 2, packet: 'PROPOSAL', zxid: '0x100000001', queueLength: 3 });
  }
  if (pushed === perSecond * seconds) clearInterval(timer);
}, 1);
