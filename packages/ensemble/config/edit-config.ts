import { propertyLines } from './properties.ts';

/** Keys that move into the dynamic file (Java `QuorumPeerConfig.editStaticConfig`). */
const MOVED = ['server.', 'group', 'weight', 'dynamicConfigFile', 'peerType'];

/**
 * zoo.cfg without what the dynamic file says, naming that file. Everything else stays as it was written, comments too. `hasClient`:
 * the server's own line there gives its client port.
 */
export function withDynamicConfigFile(zooCfg: string, dynamicFile: string, hasClient: boolean): string {
  const moved = hasClient ? [...MOVED, 'clientPort'] : MOVED;
  const isMoved = (key: string): boolean =>
    key !== 'clientPortListenBacklog' && moved.some((prefix) => key.startsWith(prefix));
  const kept = propertyLines(zooCfg).filter(({ key }) => key === null || !isMoved(key));
  const text = kept.map(({ source }) => `${source}\n`).join('');
  return `${text}dynamicConfigFile=${dynamicFile.replaceAll('\\', '\\\\')}\n`;
}
