import type { PeerType } from '../core/io.ts';
import type { ConfigReader, Setting } from './config-reader.ts';
import { formatEndpoint, formatServerSpec, parseServerSpec, type ServerSpec } from './server-spec.ts';

/** The largest sid: it is the top byte of the ids of the sessions that a server creates. */
const MAX_SID = 255;

/** One `server.N` line. */
export interface ConfiguredServer extends ServerSpec {
  readonly sid: number;
  /** The spec in the form that all servers show alike. */
  readonly text: string;
  readonly setting: Setting;
}

/** A sid as `server.N` and myid have it, or null. */
export function parseSid(text: string): number | null {
  return /^\d{1,3}$/.test(text) && Number(text) <= MAX_SID ? Number(text) : null;
}

/** Reads all `server.N` lines, in the order of their sids. */
export function readMembers(reader: ConfigReader): ConfiguredServer[] {
  const members: ConfiguredServer[] = [];
  for (const setting of reader.takePrefix('server.')) {
    const sidText = setting.key.slice('server.'.length);
    const sid = parseSid(sidText);
    if (sid === null) {
      reader.fault(
        setting,
        `"${sidText}" in front of "${setting.value}" is not a server id; it is a number from 0 to ${MAX_SID}`,
      );
      continue;
    }
    const parsed = parseServerSpec(setting.value);
    if (!parsed.ok) reader.fault(setting, parsed.fault);
    else members.push({ sid, ...parsed.spec, text: formatServerSpec(parsed.spec), setting });
  }
  for (const prefix of ['group.', 'weight.']) {
    for (const setting of reader.takePrefix(prefix)) {
      // Without them another set of servers would be a quorum than the one that was asked for.
      reader.fault(setting, 'hierarchical quorums are not supported; remove the group and weight keys');
    }
  }
  members.sort((a, b) => a.sid - b.sid);
  checkAddresses(reader, members);
  return members;
}

/** Two ports of the ensemble at one address: one of the two servers could never listen. */
function checkAddresses(reader: ConfigReader, members: readonly ConfiguredServer[]): void {
  const users = new Map<string, string>();
  for (const member of members) {
    for (const [name, endpoint] of [['quorum', member.quorum] as const, ['election', member.election] as const]) {
      const address = formatEndpoint(endpoint);
      const use = `the ${name} port of server.${member.sid}`;
      const other = users.get(address);
      if (other === undefined) users.set(address, use);
      else reader.fault(member.setting, `${address} is ${use}, but also ${other}; each needs a port of its own`);
    }
  }
}

/** Which servers vote. */
export function participants(members: readonly { readonly role: PeerType }[]): number {
  return members.filter(({ role }) => role === 'participant').length;
}
