import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientId } from '../io.ts';
import { clientsByPath, pathsByClient, summaryOf } from './watch-report.ts';
import { Watches } from './watches.ts';

const client = fc.integer({ min: 1, max: 4 });
const path = fc.constantFrom('/', '/a', '/a/b', '');
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), client, path }) },
  fc.record({ do: fc.constantFrom('remove' as const, 'take' as const, 'leave' as const), client, path }),
);

/** The same by a list of pairs, looked through each time. */
class Model {
  pairs: [ClientId, string][] = [];

  has(client: ClientId, path: string): boolean {
    return this.pairs.some(([who, what]) => who === client && what === path);
  }

  watchers(path: string): ClientId[] {
    return this.pairs.filter(([, what]) => what === path).map(([who]) => who);
  }

  drop(isGone: (client: ClientId, path: string) => boolean): void {
    this.pairs = this.pairs.filter(([who, what]) => !isGone(who, what));
  }
}

function found(watches: Watches, path: string): ClientId[] {
  const clients = new Set<ClientId>();
  watches.find(path, clients);
  return [...clients].sort();
}

describe('the watches of one kind', () => {
  it('are those that were set and neither fired, nor removed, nor gone with their client', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const watches = new Watches();
        const model = new Model();
        for (const { do: what, client, path } of actions) {
          const known = model.has(client, path);
          switch (what) {
            case 'add':
              watches.add(client, path);
              if (!known) model.pairs.push([client, path]);
              break;
            case 'remove':
              expect(watches.remove(client, path)).toBe(known);
              model.drop((who, where) => who === client && where === path);
              break;
            case 'take': {
              const taken = new Set<ClientId>();
              watches.take(path, taken);
              expect([...taken].sort()).toEqual(model.watchers(path).sort());
              model.drop((_, where) => where === path);
              break;
            }
            case 'leave':
              watches.removeClient(client);
              model.drop((who) => who === client);
          }
          const paths = new Set(model.pairs.map(([, where]) => where));
          const clients = new Set(model.pairs.map(([who]) => who));
          expect(watches.has(client, path)).toBe(model.has(client, path));
          expect(found(watches, path)).toEqual(model.watchers(path).sort());
          expect(watches.count).toBe(model.pairs.length);
          expect(new Set(watches.paths())).toEqual(paths);
          expect(new Set(watches.clients())).toEqual(clients);
          expect([watches.pathCount, watches.clientCount]).toEqual([paths.size, clients.size]);
        }
      }),
    );
  });

  it('are counted once for each client and path, whatever number of kinds there are', () => {
    const pairs = fc.array(fc.tuple(client, path), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 3 }), (lists) => {
        const kinds = lists.map((list) => {
          const watches = new Watches();
          for (const [who, where] of list) watches.add(who, where);
          return watches;
        });
        const all = lists.flat();
        const distinct = new Set(all.map(([who, where]) => `${who} ${where}`));
        expect(summaryOf(kinds)).toEqual({
          connections: new Set(all.map(([who]) => who)).size,
          paths: new Set(all.map(([, where]) => where)).size,
          watches: distinct.size,
        });
        const sum = (sets: Iterable<ReadonlySet<unknown>>): number => [...sets].reduce((n, { size }) => n + size, 0);
        expect(sum(pathsByClient(kinds).values())).toBe(distinct.size);
        expect(sum(new Map(clientsByPath(kinds)).values())).toBe(distinct.size);
      }),
    );
  });
});
