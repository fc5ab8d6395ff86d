import { createFrame, getDataFrame, noSession, setDataFrame, setXid } from './frames.ts';
import { SessionSocket } from './session-socket.ts';

const READ_BUFFER_BYTES = 4 * 1024;
const SESSION_TIMEOUT_MS = 600_000;
/** Sessions that are set up at once: a server's backlog is short. */
const SETTING_UP = 100;
const NOTIFICATION_XID = -1;

/** Sessions on one server, each of which watches the data of the same znodes. */
export class WatchHolder {
  readonly #port: number;
  readonly #paths: readonly string[];
  readonly #sockets: SessionSocket[] = [];
  #awaited = 0;
  #allNotified: () => void = () => undefined;

  constructor(port: number, root: string, nodes: number) {
    this.#port = port;
    this.#paths = Array.from({ length: nodes }, (_, index) => `${root}/watched-${index}`);
  }

  /** Creates the znodes and opens the sessions; returns when every watch is set. */
  async hold(sessions: number): Promise<void> {
    await this.#open(this.#paths.map((path) => createFrame(0, path, new Uint8Array())));
    const reads = this.#paths.map((path) => getDataFrame(path, true));
    let begun = 0;
    const setUp = async (): Promise<void> => {
      while (begun < sessions) {
        begun++;
        await this.#open(reads);
      }
    };
    await Promise.all(Array.from({ length: SETTING_UP }, setUp));
  }

  /** Changes one znode; returns the ms until every session has heard of it. */
  async fire(node: number): Promise<number> {
    const path = this.#paths[node] ?? '';
    const [writer, ...watchers] = this.#sockets;
    this.#awaited = watchers.length;
    const notified = new Promise<void>((resolve) => {
      this.#allNotified = resolve;
    });
    const startMs = performance.now();
    writer?.send(setDataFrame(path, new Uint8Array(1)));
    await notified;
    return performance.now() - startMs;
  }

  /** One session that has sent these requests and has its replies. */
  #open(requests: readonly Buffer[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let unanswered = requests.length;
      const socket = new SessionSocket(
        this.#port,
        noSession,
        SESSION_TIMEOUT_MS,
        {
          opened: () => {
            const frames = Buffer.concat(requests);
            let offset = 0;
            for (const [index, request] of requests.entries()) {
              setXid(frames.subarray(offset), index + 1);
              offset += request.length;
            }
            socket.send(frames);
          },
          replied: (xid, error) => {
            if (xid === NOTIFICATION_XID) {
              if (--this.#awaited === 0) this.#allNotified();
              return;
            }
            if (error !== 0 && unanswered > 0) reject(new Error(`error ${error} while watches are set`));
            if (--unanswered === 0) resolve();
          },
          closed: () => reject(new Error(`a session on port ${this.#port} was closed`)),
        },
        READ_BUFFER_BYTES,
      );
      this.#sockets.push(socket);
    });
  }
}
