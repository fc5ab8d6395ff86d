/** The tree in memory, as requests ask for it. */
import type { ChildrenJson, ReadFromJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import type { Mirror } from '../mirror/mirror.ts';
import type { Page } from './page.ts';
import { aclJson, dataJson, statJson } from './znode-json.ts';

/** Asks a mirror that is whole; each method rejects with what `Mirror.ask` rejects with. */
export class MirrorReads {
  private readonly mirror: Pick<Mirror, 'ask'>;
  private readonly heardMs: () => number;

  /** `heardMs`: when the leader was last heard of, on the host's wall clock. */
  constructor(mirror: Pick<Mirror, 'ask'>, heardMs: () => number) {
    this.mirror = mirror;
    this.heardMs = heardMs;
  }

  async read(path: string): Promise<ZnodeJson> {
    const { data, stat, acl } = await this.mirror.ask('read', { path });
    return { path, data: dataJson(data), stat: statJson(stat), acl: aclJson(acl), at: null, from: this.from() };
  }

  async children(path: string, page: Page): Promise<ChildrenJson> {
    const { stat, total, children } = await this.mirror.ask('children', { path, page });
    return {
      path,
      stat: statJson(stat),
      total,
      offset: page.offset,
      children: children.map((child) => ({
        name: child.name,
        stat: child.stat === null ? null : statJson(child.stat),
      })),
      at: null,
      from: this.from(),
    };
  }

  private from(): ReadFromJson {
    return { origin: 'observer', server: null, asOfMs: this.heardMs(), live: true, everyMs: null };
  }
}
