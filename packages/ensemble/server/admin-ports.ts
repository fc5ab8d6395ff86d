/** The ports for those who run a server: commands, and the page for Prometheus. */
import fs from 'node:fs';
import path from 'node:path';
import { Perms } from '@vivarium/shared/acl';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { type AdminActions, AdminServer, type TakenSnapshot } from '../admin/admin-server.ts';
import type { HttpListener } from '../admin/http-listener.ts';
import { metricsServer } from '../admin/prometheus.ts';
import type { ServerFacts } from '../admin/server-facts.ts';
import type { ServerConfig } from '../core/io.ts';
import { digestIds, initialIds, isPermitted } from '../core/request/access.ts';
import type { Server } from '../core/server.ts';
import { hostAndPort, isLoopback } from '../net/address.ts';
import { ListenError } from '../net/listening.ts';
import { snapshotPath } from '../storage/file-names.ts';
import type { LoadedConfig } from './load-config.ts';
import { processLog } from './process-log.ts';

/** What the ports need of the server. */
export interface AdminParts {
  readonly loaded: LoadedConfig;
  readonly coreConfig: ServerConfig;
  readonly core: Server;
  readonly facts: ServerFacts;
  /** Writes a snapshot of what is applied now; see `Storage.takeSnapshot`. */
  takeSnapshot(finished: (written: boolean) => void): { readonly zxid: bigint };
}

/** A port that may be closed. */
export type Closable = Pick<HttpListener, 'close'>;

/** Listens where the configuration asks for it. Rejects with `ListenError`. */
export async function openAdminPorts(parts: AdminParts): Promise<Closable[]> {
  const metrics = await openMetrics(parts);
  const admin = await openAdmin(parts);
  return [metrics, admin].filter((port) => port !== null);
}

async function openMetrics({ loaded, facts }: AdminParts): Promise<Closable | null> {
  const { metrics, file } = loaded.config;
  if (metrics === null) return null;
  const host = anyHost(metrics.host);
  const listener = metricsServer({ ...metrics, host, setting: `${file}: metricsProvider.httpPort` }, facts);
  await listener.listen(processLog.warn);
  processLog.info(`metrics for Prometheus are on http://${hostAndPort(metrics.host, listener.port)}/metrics`);
  return listener;
}

/** Where its port is used the server goes on without, as Apache's does: its clients need nothing of it. */
async function openAdmin(parts: AdminParts): Promise<Closable | null> {
  const { admin, file } = parts.loaded.config;
  if (admin === null) return null;
  const host = anyHost(admin.host);
  const server = new AdminServer({ ...admin, host, setting: `${file}: admin.serverPort` }, parts.facts, actions(parts));
  try {
    await server.listen();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    processLog.warn(`${error.message}; or set admin.enableServer=false. The server goes on without it`);
    return null;
  }
  processLog.info(`the admin server is on http://${hostAndPort(admin.host, server.port)}${admin.commandUrl}`);
  if (!isLoopback(admin.host)) {
    const risk = 'whoever reaches it can read paths and sessions, and reset counters';
    processLog.warn(`${file}: admin.serverAddress: the admin server is open beyond this machine: ${risk}`);
  }
  return server;
}

/** Java's wildcard address stands for both versions of IP. */
function anyHost(host: string): string | null {
  return host === '0.0.0.0' ? null : host;
}

function actions({ loaded, coreConfig, core, takeSnapshot }: AdminParts): AdminActions {
  const { dataDir, snapshotCompression } = loaded.config;
  return {
    authorise: (authorization, host) => {
      const [scheme, proof, ...more] = authorization.split(' ');
      const ids =
        scheme === 'digest' && proof !== undefined && more.length === 0
          ? digestIds(coreConfig, encodeUtf8(proof))
          : scheme === 'ip' && proof === undefined
            ? initialIds(coreConfig, hostAndPort(host, 0), null)
            : [];
      if (ids.length === 0) return 'unknown';
      const { tree } = core.database;
      const root = tree.get('/');
      if (root === undefined) return 'refused';
      const acl = tree.aclOf(root);
      const needed = [Perms.READ, Perms.WRITE, Perms.CREATE, Perms.DELETE, Perms.ADMIN];
      return needed.every((perm) => isPermitted(coreConfig, acl, perm, ids)) ? 'allowed' : 'refused';
    },
    takeSnapshot: () => {
      const { promise, resolve, reject } = Promise.withResolvers<TakenSnapshot>();
      const suffix = snapshotCompression === null ? '' : `.${snapshotCompression}`;
      const { zxid } = takeSnapshot((written) => {
        if (!written) {
          reject(new Error('another snapshot is under way, or the disk refused it'));
          return;
        }
        const file = path.join(dataDir, snapshotPath(zxid, suffix));
        fs.stat(file, (error, stat) => {
          if (error === null) resolve({ zxid, bytes: stat.size, open: () => fs.createReadStream(file) });
          else reject(error);
        });
      });
      return promise;
    },
    warn: processLog.warn,
  };
}
