/**
 * The answers to four-letter words of Apache 3.5 to 3.9 and ours (Java package `server.command`). What is not the answer that it
 * should be gives null, and single lines that are none are passed over: names of znodes stand among them.
 */
import type { ClientConnection, ZxidDigest } from './server-sample.ts';
import { count, decimal, modeOf, monitorValues, type Values, versionOf } from './value-texts.ts';

/** As many connections of one server are kept. */
export const MAX_CONNECTIONS = 20_000;
/** As many digests; a server keeps 1024 (Java `DataTree.DIGEST_LOG_LIMIT`). */
export const MAX_DIGESTS = 1_024;

const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

/** Whether a server says that it has no leader, or is not up to date with it (Java `ZOOKEEPER_NOT_RUNNING`). */
export function saysNotServing(text: string): boolean {
  return text.startsWith(NOT_SERVING);
}

/** `mntr`. */
export function parseMntr(text: string): Values | null {
  const texts = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^zk_([^\t]+)\t(.*)$/.exec(line) ?? [];
    // The first of a name is the server's own: what bears the names of znodes comes behind it.
    if (name !== '' && !texts.has(name)) texts.set(name, value.trim());
  }
  return monitorValues((name) => texts.get(name));
}

/** `srvr`, and the same lines of `stat`. */
export function parseSrvr(text: string): Values | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim();
  const version = versionOf(field('Zookeeper version'));
  const mode = modeOf(field('Mode'));
  const zxid = /^0x([0-9a-f]{1,16})$/.exec(field('Zxid') ?? '')?.[1];
  if (version === undefined || mode === undefined || zxid === undefined) return null;
  const values: Values = { version, mode, lastZxid: BigInt(`0x${zxid}`) };
  const latency = decimal(field('Latency min/avg/max')?.split('/')[1]);
  if (latency !== undefined) values.avgLatencyMs = latency;
  const received = count(field('Received'));
  if (received !== undefined) values.received = received;
  const connections = count(field('Connections'));
  if (connections !== undefined) values.connections = connections;
  const outstanding = count(field('Outstanding'));
  if (outstanding !== undefined) values.outstanding = outstanding;
  const znodes = count(field('Node count'));
  if (znodes !== undefined) values.znodes = znodes;
  return values;
}

/** `conf`. */
export function parseConf(text: string): Values | null {
  const field = (name: string): number | undefined => count(new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1]);
  const clientPort = field('clientPort');
  if (clientPort === undefined) return null;
  const values: Values = { clientPort };
  const maxClientCnxns = field('maxClientCnxns');
  if (maxClientCnxns !== undefined) values.maxClientCnxns = maxClientCnxns;
  const serverId = field('serverId');
  if (serverId !== undefined) values.serverId = serverId;
  return values;
}

/** `hash`: `zxid: digest`, hex and decimal, the oldest first; none on a server with few transactions. */
export function parseHash(text: string): readonly ZxidDigest[] | null {
  const digests: ZxidDigest[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, zxid, digest] = /^([0-9a-f]{1,16}): (-?\d{1,20})$/.exec(line) ?? [];
    if (zxid === undefined || digest === undefined) return null;
    digests.push({ zxid: BigInt(`0x${zxid}`), digest: BigInt.asUintN(64, BigInt(digest)) });
  }
  return digests.slice(-MAX_DIGESTS);
}

/** `cons`: ` /address:port[interest](key=value,…)`. */
export function parseCons(text: string): readonly ClientConnection[] | null {
  const connections: ClientConnection[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, address, fieldText] = /^ ?\/(\S{3,100})\[[0-9A-Fa-f]{1,8}\]\((.{1,600})\)$/.exec(line) ?? [];
    if (address === undefined || fieldText === undefined) return null;
    const fields = new Map(fieldText.split(',').map((pair) => splitOnce(pair)));
    connections.push({
      address,
      session: sessionOf(fields.get('sid')),
      timeoutMs: count(fields.get('to')) ?? null,
      queued: count(fields.get('queued')) ?? 0,
      received: count(fields.get('recved')) ?? 0,
      establishedMs: count(fields.get('est')) ?? null,
      lastOperation: fields.get('lop')?.slice(0, 20) ?? null,
    });
    if (connections.length === MAX_CONNECTIONS) break;
  }
  return connections;
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function sessionOf(text: string | undefined): bigint | null {
  return text !== undefined && /^0x[0-9a-f]{1,16}$/.test(text) && !/^0x0+$/.test(text) ? BigInt(text) : null;
}
