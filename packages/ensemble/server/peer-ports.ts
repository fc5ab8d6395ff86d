import type { ConfiguredServer } from '../config/members.ts';
import { hostAndPort, isLoopback } from '../net/address.ts';
import type { LoadedConfig } from './load-config.ts';

/** The server's own line in the configuration; null for a standalone server, which has no peers. */
export function ownMember({ sid, config }: LoadedConfig): ConfiguredServer | null {
  return config.members.find((member) => sid !== null && member.sid === sid) ?? null;
}

/** Where the ports for peers listen that others than this machine's programs may reach: `the quorum port on host:2888`. */
export function openPeerPorts(loaded: LoadedConfig): string[] {
  const own = ownMember(loaded);
  if (own === null) return [];
  const open: string[] = [];
  for (const name of ['quorum', 'election'] as const) {
    const { host, port } = own[name];
    const { quorumListenOnAllIps } = loaded.config;
    if (quorumListenOnAllIps) open.push(`the ${name} port on every address, port ${port}`);
    else if (!isLoopback(host)) open.push(`the ${name} port on ${hostAndPort(host, port)}`);
  }
  return open;
}
