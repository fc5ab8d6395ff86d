/** What a `reconfig` request asks for (Java `PrepRequestProcessor`, opcode 16). */
import { ErrorCode } from '@vivarium/shared/error-code';
import type { ReconfigRequest } from '@vivarium/wire/requests';
import {
  type Configuration,
  type ConfiguredServer,
  configText,
  type Entry,
  parseConfiguration,
  readEntries,
} from './configuration.ts';
import { formatEndpoint, parseServerSpec, sameAddresses } from './server-spec.ts';

/** The configuration that is asked for, or why it cannot be. */
export type PlannedReconfiguration =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly err: ErrorCode };

const BAD: PlannedReconfiguration = { ok: false, err: ErrorCode.BADARGUMENTS };

/**
 * The configuration that a request makes of the one in force; `version` is its transaction's zxid. What only the leader
 * knows, whether a quorum of it is there, is not looked at.
 */
export function planReconfiguration(
  request: ReconfigRequest,
  committed: Configuration,
  minVoters: number,
  version: bigint,
): PlannedReconfiguration {
  const { curConfigId, newMembers } = request;
  if (curConfigId !== -1n && curConfigId !== committed.version) return { ok: false, err: ErrorCode.BADVERSION };
  const text = newMembers === null ? incremental(request, committed) : newMembers.replaceAll(',', '\n');
  if (text === null) return BAD;
  const parsed = parseConfiguration(text);
  if (!parsed.ok) return BAD;
  const { servers, configuration } = parsed;
  if (!isConsistent(servers, committed)) return BAD;
  if (configuration.members.filter(({ role }) => role === 'participant').length < minVoters) return BAD;
  return { ok: true, configuration: { ...configuration, version } };
}

/** The lines of a configuration after some servers leave and others join; null where the request makes no sense. */
function incremental({ joining, leaving }: ReconfigRequest, committed: Configuration): string | null {
  // Which group a server would belong to nobody could tell: such ensembles are changed as a whole only.
  if (committed.groups !== null) return null;
  const next = new Map(committed.members.map(({ sid, spec }) => [sid, spec]));
  for (const text of listOf(leaving)) {
    if (!/^\d{1,9}$/.test(text)) return null;
    next.delete(Number(text));
  }
  const entries: Entry[] = listOf(joining).map((text) => {
    const separator = text.indexOf('=');
    return { key: text.slice(0, separator).trim(), value: text.slice(separator + 1).trim() };
  });
  if (entries.some(({ key }) => !key.startsWith('server.'))) return null;
  const { servers, faults } = readEntries(entries);
  if (faults.length > 0 || servers.some(({ client }) => client === null)) return null;
  for (const { sid, text } of servers) next.set(sid, text);
  return configText({
    version: 0n,
    members: [...next].map(([sid, spec]) => ({ sid, role: 'participant', spec })),
    groups: null,
  });
}

function listOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Two servers at one address could not both run; and a server's addresses stay what they are for as long as it is named:
 * its ports are open, and moving them would cut it off from who has not heard of it yet. To move it, take it out, start it
 * anew and put it in again.
 */
function isConsistent(servers: readonly ConfiguredServer[], committed: Configuration): boolean {
  const used = new Set<string>();
  for (const server of servers) {
    for (const endpoint of [server.quorum, server.election]) {
      const address = formatEndpoint(endpoint);
      if (used.has(address)) return false;
      used.add(address);
    }
    const before = committed.members.find(({ sid }) => sid === server.sid);
    const known = before === undefined ? null : parseServerSpec(before.spec);
    if (known?.ok === true && !sameAddresses(known.spec, server)) return false;
  }
  return true;
}
