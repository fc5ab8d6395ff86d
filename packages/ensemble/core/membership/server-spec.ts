/**
 * What stands behind `server.N=`: `host:quorumPort:electionPort[:role][;[clientHost:]clientPort]`, IPv6 hosts in brackets
 * (Java `QuorumPeer.QuorumServer`).
 */
import type { PeerType } from '../io.ts';

/** A host, without brackets, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A server's addresses. */
export interface ServerSpec {
  readonly quorum: Endpoint;
  readonly election: Endpoint;
  readonly role: PeerType;
  /** Null where the spec does not give a client port. */
  readonly client: Endpoint | null;
}

/** A spec, or in words what is wrong with it. */
export type ParsedSpec =
  | { readonly ok: true; readonly spec: ServerSpec }
  | { readonly ok: false; readonly fault: string };

const FORM = 'it has the form host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]';

/** Reads a server's addresses. */
export function parseServerSpec(text: string): ParsedSpec {
  if (text.includes('|')) {
    return { ok: false, fault: `"${text}" gives several addresses for one server, which is not supported; give one` };
  }
  const [serverText = '', clientText, ...more] = text.split(';');
  const parts = splitHostAndPorts(serverText.trim());
  if (parts === null || more.length > 0) return { ok: false, fault: `"${text}" is not a server; ${FORM}` };
  const [host, quorumText, electionText, roleText, ...surplus] = parts;
  if (host === undefined || quorumText === undefined || electionText === undefined || surplus.length > 0) {
    return { ok: false, fault: `"${text}" is not a server; ${FORM}` };
  }
  if (!isHost(host)) return { ok: false, fault: `"${host}" in "${text}" is neither a host name nor an address` };
  const quorumPort = parsePort(quorumText);
  if (quorumPort === null) return { ok: false, fault: portFault('quorum', quorumText, text) };
  const electionPort = parsePort(electionText);
  if (electionPort === null) return { ok: false, fault: portFault('election', electionText, text) };
  const role = roleText === undefined ? 'participant' : parseRole(roleText);
  if (role === null) {
    return { ok: false, fault: `"${roleText}" in "${text}" is not a role; it is participant or observer` };
  }
  let client: Endpoint | null = null;
  if (clientText !== undefined) {
    client = parseClient(clientText.trim());
    if (client === null) return { ok: false, fault: `";${clientText}" in "${text}" is not ;[clientHost:]clientPort` };
  }
  return {
    ok: true,
    spec: { quorum: { host, port: quorumPort }, election: { host, port: electionPort }, role, client },
  };
}

/** The spec as the configuration node shows it: role always, client address where the spec gives one. */
export function formatServerSpec(spec: ServerSpec): string {
  const { quorum, election, role, client } = spec;
  const server = `${bracketed(quorum.host)}:${quorum.port}:${election.port}:${role}`;
  return client === null ? server : `${server};${formatEndpoint(client)}`;
}

/** Whether a server is reached at the same addresses by both; a client address counts only where both give one. */
export function sameAddresses(a: Omit<ServerSpec, 'role'>, b: Omit<ServerSpec, 'role'>): boolean {
  const same = (one: Endpoint, other: Endpoint): boolean => formatEndpoint(one) === formatEndpoint(other);
  const sameClient = a.client === null || b.client === null || same(a.client, b.client);
  return same(a.quorum, b.quorum) && same(a.election, b.election) && sameClient;
}

/** `host:port`, the host in brackets where it has colons of its own. */
export function formatEndpoint(endpoint: Endpoint): string {
  return `${bracketed(endpoint.host)}:${endpoint.port}`;
}

/** Reads `host:port`; null where the text is something else. */
function parseEndpoint(text: string): Endpoint | null {
  const parts = splitHostAndPorts(text);
  if (parts === null || parts.length !== 2) return null;
  const [host = '', portText = ''] = parts;
  const port = parsePort(portText);
  return port === null || !isHost(host) ? null : { host, port };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function parseClient(text: string): Endpoint | null {
  const port = parsePort(text);
  return port === null ? parseEndpoint(text) : { host: '0.0.0.0', port };
}

/** Splits at colons outside of brackets; the host comes without them. Null where the brackets make no sense. */
function splitHostAndPorts(text: string): string[] | null {
  if (!text.startsWith('[')) return text.split(':');
  const end = text.indexOf(']');
  if (end < 0 || text.charAt(end + 1) !== ':') return null;
  return [text.slice(1, end), ...text.slice(end + 2).split(':')];
}

/** A host name or an IP address, by its looks: whether it exists shows when it is used. */
export function isHost(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-fA-F:.]+(%[\w.-]+)?$/.test(text);
  return (
    text.length <= 253 &&
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(text)
  );
}

/** A port from 1 to 65535, or null. */
function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : null;
}

function portFault(which: string, text: string, spec: string): string {
  return `"${text}" in "${spec}" is not a port for the ${which}; it is a number from 1 to 65535`;
}

/** Java takes the names in any case. */
export function parseRole(text: string): PeerType | null {
  const lower = text.trim().toLowerCase();
  return lower === 'participant' || lower === 'observer' ? lower : null;
}
