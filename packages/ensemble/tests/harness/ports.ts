import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
const FALLBACK_HIGHEST_PORT = 32_000;

/**
 * The first port that the system may hand to an outgoing connection. A server that is killed and restarted must find
 * its port still free, so its port must not come from that range: a client's reconnection could take it meanwhile, or
 * even connect to itself.
 */
function firstEphemeralPort(): number {
  try {
    const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/);
    const port = Number(first);
    return Number.isInteger(port) && port > LOWEST_PORT + 1_000 ? port : FALLBACK_HIGHEST_PORT;
  } catch {
    return FALLBACK_HIGHEST_PORT;
  }
}

const highestPort = firstEphemeralPort();
let nextPort = LOWEST_PORT + Math.floor(Math.random() * (highestPort - LOWEST_PORT));

/** Whether nothing listens on the port on any address: found out by listening on it for a moment. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** `count` different TCP ports that nobody listens on; each call in this process gives others. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 20_000) {
      throw new Error(`found only ${ports.length} of ${count} free ports`);
    }
    nextPort = nextPort + 1 < highestPort ? nextPort + 1 : LOWEST_PORT;
    // Another call may go on while this one waits.
    const port = nextPort;
    if (await isFree(port)) {
      ports.push(port);
    }
  }
  return ports;
}
