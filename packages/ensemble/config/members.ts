import type { PeerType } from '../core/io.ts';
import {
  type ConfiguredServer as AnyConfiguredServer,
  type Groups,
  readEntries,
} from '../core/membership/configuration.ts';
import { formatEndpoint } from '../core/membership/server-spec.ts';
import type { ConfigReader, Setting } from './config-reader.ts';

/** One `server.N` line. */
export type ConfiguredServer = AnyConfiguredServer<Setting>;

/** Reads all `server.N`, `group.N` and `weight.N` lines; the servers in the order of their sids. */
export function readMembers(reader: ConfigReader): { members: readonly ConfiguredServer[]; groups: Groups | null } {
  const settings = ['server.', 'group.', 'weight.'].flatMap((prefix) => reader.takePrefix(prefix));
  const { servers, groups, faults } = readEntries(settings);
  for (const { setting, fault } of faults) reader.fault(setting, fault);
  checkAddresses(reader, servers);
  return { members: servers, groups };
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
