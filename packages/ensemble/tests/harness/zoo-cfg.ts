import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One `server.N` line. */
export interface ServerLine {
  sid: number;
  quorumPort: number;
  electionPort: number;
  observer: boolean;
}

/** What goes into one server's zoo.cfg. */
export interface ZooCfg {
  /** The server's own folder: zoo.cfg is written there, and `data` is made in it. */
  directory: string;
  clientPort: number;
  /** Own server id; ignored when `servers` is empty (standalone). */
  sid: number;
  servers: readonly ServerLine[];
  tickTimeMs: number;
  /** Further keys; they win over those above. */
  extra?: Readonly<Record<string, string | number | boolean>>;
}

/** Writes zoo.cfg, the data folder and, in an ensemble, `myid`; returns the path of zoo.cfg. */
export function writeZooCfg(cfg: ZooCfg): string {
  const dataDirectory = join(cfg.directory, 'data');
  mkdirSync(dataDirectory, { recursive: true });
  const keys: Record<string, string | number | boolean> = {
    tickTime: cfg.tickTimeMs,
    initLimit: 20,
    syncLimit: 10,
    dataDir: dataDirectory,
    clientPort: cfg.clientPort,
    maxClientCnxns: 0,
    maxSessionTimeout: 60_000,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
  };
  for (const server of cfg.servers) {
    const role = server.observer ? 'observer' : 'participant';
    keys[`server.${server.sid}`] = `127.0.0.1:${server.quorumPort}:${server.electionPort}:${role}`;
    if (server.sid === cfg.sid) {
      if (server.observer) {
        keys.peerType = 'observer';
      }
      writeFileSync(join(dataDirectory, 'myid'), `${cfg.sid}\n`);
    }
  }
  const lines = Object.entries({ ...keys, ...cfg.extra }).map(([key, value]) => `${key}=${value}\n`);
  const path = join(cfg.directory, 'zoo.cfg');
  writeFileSync(path, lines.join(''));
  return path;
}
