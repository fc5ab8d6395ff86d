import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { Context } from '../context.ts';
import type { ServerConfig, Write } from '../io.ts';
import { PersistQueue } from '../persist-queue.ts';
import type { Configuration } from './configuration.ts';
import { Membership } from './membership.ts';

function configuration(version: bigint, ...sids: number[]): Configuration {
  const members = sids.map((sid) => ({ sid, role: 'participant' as const, spec: `host${sid}:2888:3888` }));
  return { version, members, groups: null };
}

/** What a server, whose file lists it among others, knows and writes. */
class Bench {
  readonly membership: Membership;
  private readonly context: Context;

  constructor(given: Partial<ServerConfig> = {}) {
    const { members } = configuration(0n, 1, 2, 3);
    this.context = new Context(testServerConfig({ sid: 3, members, reconfigEnabled: true, ...given }));
    this.membership = new Membership(this.context, new PersistQueue(this.context));
  }

  /** Warnings since the last call. */
  warnings(): string[] {
    const { outputs } = this.context;
    this.context.outputs = [];
    return outputs.flatMap((output) => (output.kind === 'log' && output.level === 'warn' ? [output.message] : []));
  }

  /** What was written since the last call. */
  written(): Write['kind'][] {
    const { outputs } = this.context;
    this.context.outputs = [];
    return outputs.flatMap((output) => (output.kind === 'persist' ? [output.write.kind] : []));
  }
}

describe('what a server knows of its ensemble', () => {
  it('is not written before it is named, however often the ensemble changes', () => {
    const bench = new Bench();
    bench.membership.propose(configuration(5n, 1, 2));
    bench.membership.learn(configuration(5n, 1, 2));
    bench.membership.propose(configuration(6n, 2));
    bench.membership.learn(configuration(6n, 2));
    expect(bench.membership.committed.version).toBe(6n);
    expect(bench.written()).toEqual(['settle', 'settle']);
    bench.membership.propose(configuration(7n, 2, 3));
    expect(bench.written()).toEqual(['proposedConfiguration']);
  });

  it('is written once it was named, also when it is taken out at once', () => {
    const bench = new Bench();
    bench.membership.propose(configuration(5n, 1, 2, 3));
    bench.membership.propose(configuration(6n, 1, 2));
    bench.membership.learn(configuration(6n, 1, 2));
    expect(bench.written()).toEqual(['proposedConfiguration', 'proposedConfiguration', 'committedConfiguration']);
  });

  it('goes on being written by a server that was taken out before it started', () => {
    const bench = new Bench({ configVersion: 5n, members: configuration(5n, 1, 2).members });
    bench.membership.learn(configuration(6n, 2));
    expect(bench.written()).toEqual(['committedConfiguration']);
  });

  it('tells it its role: that of a voter where it is to become one, and its own where nobody names it', () => {
    const { membership } = new Bench({ sid: 4, peerType: 'observer' });
    expect(membership.ownRole).toBe('observer');
    membership.learn(configuration(5n, 1, 2, 3));
    // As an unlisted observer it serves, as a follower whom nobody lists it would not.
    expect([membership.ownRole, membership.mayServe]).toEqual(['observer', true]);
    membership.propose(configuration(6n, 1, 2, 4));
    expect(membership.ownRole).toBe('participant');
    membership.learn(configuration(6n, 1, 2, 4));
    const { members } = configuration(7n, 1, 2, 4);
    const demoted = members.map((member) => (member.sid === 4 ? { ...member, role: 'observer' as const } : member));
    membership.propose({ version: 7n, members: demoted, groups: null });
    expect(membership.ownRole).toBe('participant');
    membership.learn({ version: 7n, members: demoted, groups: null });
    expect(membership.ownRole).toBe('observer');
  });

  it('says that nobody finds it where it listens, once it was moved', () => {
    const bench = new Bench();
    const { members } = configuration(5n, 1, 2, 3);
    const withOwn = (version: bigint, spec: string): Configuration => {
      return {
        version,
        members: members.map((member) => (member.sid === 3 ? { ...member, spec } : member)),
        groups: null,
      };
    };
    bench.membership.learn(withOwn(5n, 'host3:2888:3888:observer;2181'));
    expect(bench.warnings()).toEqual([]);
    bench.membership.learn(withOwn(6n, 'host3:2889:3888:participant;2181'));
    expect(bench.warnings()).toEqual([
      'the ensemble looks for this server at host3:2889:3888:participant;0.0.0.0:2181 now; ' +
        'it listens at host3:2888:3888:participant until it is started again',
    ]);
  });
});
