/** A whole ensemble on this machine: one process a server, with data in one directory that outlives it. */
import path from 'node:path';
import { assert } from '@vivarium/shared/assert';
import { HostedServer, type HostedServerEvents } from './hosted-server.ts';
import { planMembers, writeServerFiles } from './server-files.ts';

export interface EnsembleOptions {
  /** Holds a directory for each server; what is in there is kept. */
  readonly directory: string;
  readonly participants: number;
  readonly observers: number;
  /** The first client port; the others follow it. */
  readonly basePort: number;
  /** The address that all ports are opened on. */
  readonly host: string;
  /** Further keys of every zoo.cfg. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Whether servers send trace events. */
  readonly trace: boolean;
}

export class Ensemble {
  readonly servers: readonly HostedServer[];

  /** Writes the configuration files; starts nothing. Throws where the directory cannot be written to. */
  constructor(options: EnsembleOptions, events: HostedServerEvents) {
    const { participants, observers, host, basePort, directory, settings = {}, trace } = options;
    const members = planMembers(participants, observers, host, basePort);
    this.servers = members.map((member) => {
      const own = path.resolve(directory, `server-${member.sid}`);
      return new HostedServer(member, writeServerFiles(own, member, members, settings), trace, events);
    });
  }

  /** All client ports, as clients take them. */
  get connectString(): string {
    return this.servers.map(({ member }) => `${member.host}:${member.clientPort}`).join(',');
  }

  /** The server with the number. */
  server(sid: number): HostedServer {
    const found = this.servers.find(({ member }) => member.sid === sid);
    assert(found !== undefined, `there is no server ${sid}`);
    return found;
  }

  /** Starts every server that does not run. */
  start(): void {
    for (const server of this.servers) server.start();
  }

  /** Ends every server in order and waits until all have ended. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
