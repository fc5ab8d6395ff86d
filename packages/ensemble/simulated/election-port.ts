import type { Connection } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { encodeNotificationMessage, type Notification, readNotificationMessage } from '@vivarium/wire/election';
import { asBytes, Port, serverName, sidOfName } from './messages.ts';

/** After how long a connection that failed is tried again. */
const REDIAL_MS = 300;

/** One way to another server: what waits for it is the newest notification only (Java `QuorumCnxManager`). */
interface Way {
  connection: Connection | null;
  dialling: boolean;
  newest: Notification | null;
}

/** The election port of one server: a connection each way between any two servers. */
export class ElectionPort {
  private readonly host: Host;
  private readonly ways = new Map<string, Way>();

  /** `received` is called with each notification that arrives. */
  constructor(host: Host, received: (from: bigint, notification: Notification) => void) {
    this.host = host;
    host.listen(Port.election, (connection) => ({
      message: (message) => {
        const read = readNotificationMessage(asBytes(message), 0);
        if (read?.notification) received(BigInt(sidOfName(connection.peer)), read.notification);
      },
      closed: () => {},
    }));
  }

  send(to: bigint, notification: Notification): void {
    const name = serverName(Number(to));
    const way = this.ways.get(name) ?? { connection: null, dialling: false, newest: null };
    this.ways.set(name, way);
    way.newest = notification;
    this.flush(name, way);
  }

  private flush(name: string, way: Way): void {
    if (way.newest === null) return;
    if (way.connection !== null) {
      way.connection.send(encodeNotificationMessage(way.newest));
      way.newest = null;
      return;
    }
    if (way.dialling) return;
    way.dialling = true;
    this.host.dial(name, Port.election, {
      opened: (connection) => {
        way.dialling = false;
        way.connection = connection;
        this.flush(name, way);
        return {
          message: () => {},
          closed: () => {
            way.connection = null;
          },
        };
      },
      failed: () => {
        this.host.after(REDIAL_MS, () => {
          way.dialling = false;
          this.flush(name, way);
        });
      },
    });
  }
}
