/**
 * The answers of the admin server (Java `Commands`), as JSON. Numbers are taken as their texts, since digests and sessions have
 * 64 bits. What is not the answer that it should be gives null.
 */
import { MAX_CONNECTIONS, MAX_DIGESTS } from './parse-words.ts';
import type { ClientConnection, ZxidDigest } from './server-sample.ts';
import { count, decimal, modeOf, monitorValues, type Values, versionOf } from './value-texts.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** The object that the text is, every number in it as its text; null where it is none. */
export function parseCommand(text: string): JsonObject | null {
  try {
    const json: unknown = JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? (context?.source ?? String(value)) : value,
    );
    return asObject(json);
  } catch {
    return null;
  }
}

/** What the server says instead of an answer, in its words; null where it answers. */
export function commandError(answer: JsonObject): string | null {
  return typeof answer.error === 'string' ? answer.error : null;
}

/** `monitor`. */
export function monitorOf(answer: JsonObject): Values | null {
  return monitorValues((name) => textOf(answer[name]));
}

/** `server_stats`. */
export function serverStatsOf(answer: JsonObject): Values | null {
  const stats = asObject(answer.server_stats);
  const version = versionOf(textOf(answer.version));
  const mode = modeOf(textOf(stats?.server_state));
  const lastZxid = longOf(stats?.last_processed_zxid);
  if (stats === null || version === undefined || mode === undefined || lastZxid === null) return null;
  const values: Values = { version, mode, lastZxid };
  const avgLatencyMs = decimal(textOf(stats.avg_latency));
  if (avgLatencyMs !== undefined) values.avgLatencyMs = avgLatencyMs;
  const numbers = {
    received: stats.packets_received,
    outstanding: stats.outstanding_requests,
    connections: stats.num_alive_client_connections,
    upMs: stats.uptime,
    znodes: answer.node_count,
  };
  for (const [ours, theirs] of Object.entries(numbers) as [keyof typeof numbers, unknown][]) {
    const number = count(textOf(theirs));
    if (number !== undefined) values[ours] = number;
  }
  return values;
}

/** The ports for clients that `configuration` names, plain and secure. */
export function clientPortsOf(answer: JsonObject): readonly number[] {
  const ports = [count(textOf(answer.client_port)), count(textOf(answer.secure_client_port))];
  return ports.filter((port) => port !== undefined);
}

/** `configuration`. */
export function configurationOf(answer: JsonObject): Values | null {
  const [clientPort] = clientPortsOf(answer);
  if (clientPort === undefined) return null;
  const values: Values = { clientPort };
  const maxClientCnxns = count(textOf(answer.max_client_cnxns));
  if (maxClientCnxns !== undefined) values.maxClientCnxns = maxClientCnxns;
  const serverId = count(textOf(answer.server_id));
  if (serverId !== undefined) values.serverId = serverId;
  return values;
}

/** `hash`, the oldest first. */
export function digestsOf(answer: JsonObject): readonly ZxidDigest[] | null {
  if (!Array.isArray(answer.digests)) return null;
  const digests: ZxidDigest[] = [];
  for (const entry of answer.digests.slice(-MAX_DIGESTS)) {
    const fields = asObject(entry);
    const zxid = longOf(fields?.zxid);
    const digest = longOf(fields?.digest);
    if (zxid === null || digest === null) return null;
    digests.push({ zxid, digest });
  }
  return digests;
}

/** `connections`, those of both ports. */
export function connectionsOf(answer: JsonObject): readonly ClientConnection[] | null {
  if (!Array.isArray(answer.connections)) return null;
  const secure: unknown[] = Array.isArray(answer.secure_connections) ? answer.secure_connections : [];
  const connections: ClientConnection[] = [];
  for (const entry of [...answer.connections, ...secure].slice(0, MAX_CONNECTIONS)) {
    const fields = asObject(entry);
    const address = textOf(fields?.remote_socket_address);
    if (fields === null || address === undefined) return null;
    const session = longOf(fields.session_id);
    connections.push({
      address: address.replace(/^\//, '').slice(0, 100),
      session: session === 0n ? null : session,
      timeoutMs: count(textOf(fields.session_timeout)) ?? null,
      queued: count(textOf(fields.outstanding_requests)) ?? 0,
      received: count(textOf(fields.packets_received)) ?? 0,
      establishedMs: count(textOf(fields.established)) ?? null,
      lastOperation: textOf(fields.last_operation)?.slice(0, 20) ?? null,
    });
  }
  return connections;
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** 64 bits, without a sign. */
function longOf(value: unknown): bigint | null {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt.asUintN(64, BigInt(value)) : null;
}
