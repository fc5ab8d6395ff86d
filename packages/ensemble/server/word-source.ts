import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { participants } from '../config/members.ts';
import { type Configuration, configText } from '../core/membership/configuration.ts';
import type { Server } from '../core/server.ts';
import type { ClientPort } from '../net/client-port.ts';
import type { WordSource } from '../net/four-letter-words.ts';
import type { LoadedConfig } from './load-config.ts';

/** What the four-letter words of this server are made of. */
export function wordSource(loaded: LoadedConfig, core: Server, port: ClientPort): WordSource {
  const { config } = loaded;
  const startedMs = performance.now();
  return {
    whitelist: config.fourLetterWords,
    status: () => core.status(),
    connections: () => port.list(),
    packets: () => port.packets,
    resetCounters: (of) => port.resetCounters(of),
    digests: () => core.database.digestLog,
    get quorumSize() {
      return config.standalone ? 1 : participants(core.configuration.members);
    },
    get configuration() {
      return configuration(loaded, core.configuration);
    },
    environment,
    uptimeMs: () => performance.now() - startedMs,
    fileDescriptors,
  };
}

function configuration({ config, sid, client }: LoadedConfig, inForce: Configuration): string {
  const lines: [string, string | number][] = [
    ['clientPort', client.port],
    ['dataDir', path.join(config.dataDir, 'version-2')],
    ['dataLogDir', path.join(config.dataLogDir, 'version-2')],
    ['tickTime', config.tickTimeMs],
    ['maxClientCnxns', config.maxClientCnxns],
    ['minSessionTimeout', config.minSessionTimeoutMs],
    ['maxSessionTimeout', config.maxSessionTimeoutMs],
    ['clientPortListenBacklog', config.clientPortListenBacklog ?? -1],
    ['serverId', sid ?? 0],
  ];
  const own = config.members.find((member) => member.sid === sid);
  if (sid === null || own === undefined) return keyValueLines(lines);
  lines.push(
    ['initLimit', config.initLimit],
    ['syncLimit', config.syncLimit],
    ['electionAlg', 3],
    ['electionPort', own.election.port],
    ['quorumPort', own.quorum.port],
    ['peerType', (inForce.members.find((member) => member.sid === sid) ?? own).role === 'observer' ? 1 : 0],
  );
  return `${keyValueLines(lines)}membership: \n${configText(inForce)}\n`;
}

function keyValueLines(lines: readonly (readonly [string, string | number])[]): string {
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}

function environment(): [string, string | number][] {
  const memory = process.memoryUsage();
  return [
    ['host.name', os.hostname()],
    ['node.version', process.version],
    ['node.home', process.execPath],
    ['os.name', os.type()],
    ['os.arch', os.arch()],
    ['os.version', os.release()],
    ['user.name', os.userInfo().username],
    ['user.home', os.homedir()],
    ['user.dir', process.cwd()],
    ['process.memory.used', memory.heapUsed],
    ['process.memory.total', memory.rss],
  ];
}

/** Linux tells both below /proc; elsewhere `mntr` goes without them. */
function fileDescriptors(): { open: number; max: number } | null {
  try {
    const limit = /^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? null : { open: fs.readdirSync('/proc/self/fd').length, max: Number(limit) };
  } catch {
    return null;
  }
}
