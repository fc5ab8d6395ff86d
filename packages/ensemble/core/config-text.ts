import type { ServerConfig } from './io.ts';

/**
 * The configuration as text: what `/zookeeper/config` holds and what notifications and NEWLEADER carry (Java
 * `QuorumVerifier.toString`): a line for each server, then the version in hex, without a newline at the end.
 */
export function configText(config: ServerConfig): string {
  const lines = config.members.map((member) => `server.${member.sid}=${member.spec}`);
  return [...lines, `version=${BigInt.asUintN(64, config.configVersion).toString(16)}`].join('\n');
}
