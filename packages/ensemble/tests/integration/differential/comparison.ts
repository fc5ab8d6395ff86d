import type { Observation } from './player.ts';
import { type GeneratedRequest, SLOTS, type Step, type } from './request-generator.ts';

const DELETED = 2;
const CHILDREN_CHANGED = 4;

/** A difference that is meant: why, and how it is known from a request and the two replies to it. */
interface IntendedDifference {
  readonly reason: string;
  readonly covers: (request: GeneratedRequest, ours: string, apache: string) => boolean;
}

/** All differences in replies that are meant. Events differ only by what follows from the first. */
const INTENDED_DIFFERENCES: readonly IntendedDifference[] = [
  {
    reason: 'exists needs READ where the node exists (3.8.4, 3.9.2); Debian has backported only the filter of events',
    covers: (request, ours, apache) =>
      request.type === type.exists && / err -102$/.test(ours) && apache.startsWith(`${ours.replace(/-102$/, '0')} {`),
  },
  {
    reason: 'create2 inside a multi stays create2 (3.8.2, 3.9.0); 3.8.0 answers as to a create',
    covers: (request, ours, apache) =>
      request.type === type.multi &&
      / create2 |\[create2 /.test(request.text) &&
      withoutStats(ours) === withoutStats(apache),
  },
  {
    reason: 'a bad create flag makes a multi undecodable (3.8.2, 3.9.0); in 3.8.0 it is an error of that operation',
    covers: (request, ours, apache) =>
      request.type === type.multi &&
      / flags (7|8|9|-1) /.test(request.text) &&
      / err -5$/.test(ours) &&
      apache.startsWith(`${ours.replace(/-5$/, '0')} [`) &&
      apache.includes('error '),
  },
  {
    reason: 'an error has no body; Apache puts an empty list of results behind that of a multiRead of writes',
    covers: (request, ours, apache) =>
      request.type === type.multiRead && / err -5$/.test(ours) && apache === `${ours} and 9 bytes`,
  },
  {
    reason: 'the empty path is the root, which is none of its own descendants; Apache counts it',
    covers: (request, ours, apache) =>
      request.type === type.getAllChildrenNumber &&
      request.body.readInt32BE(0) === 0 &&
      Number(/ (\d+)$/.exec(apache)?.[1]) === Number(/ (\d+)$/.exec(ours)?.[1]) + 1,
  },
  {
    reason: 'a null path is refused everywhere; Apache echoes it to a sync',
    covers: (request, ours, apache) => request.type === type.sync && ours.replace(/-5$/, '0 null') === apache,
  },
];

/** Compares what two servers did, step by step; a sequence has one. */
export class Comparison {
  /** By slot: paths of exists watches that only Apache has set, since it answered where ours refused. */
  private readonly onlyApacheWatches = Array.from({ length: SLOTS }, () => new Set<string>());

  /** What differs in a step, in words; null where nothing does that is not meant to. */
  differences(step: Step, ours: Observation, apache: Observation): string | null {
    const faults: string[] = [];
    const slot = 'slot' in step ? step.slot : -1;
    if (step.kind === 'connect' || step.kind === 'drop') this.onlyApacheWatches[slot]?.clear();
    const requests = step.kind === 'requests' ? step.requests : [];
    const fault = this.compareLines(slot, requests, sorted(step, ours.acting), sorted(step, apache.acting));
    if (fault !== null) faults.push(fault);
    for (let other = 0; other < SLOTS; other++) {
      const theirs = apache.events[other] ?? [];
      const unasked = this.compareLines(other, [], sorted(step, ours.events[other] ?? []), sorted(step, theirs));
      if (unasked !== null) faults.push(`slot ${other}: ${unasked}`);
    }
    return faults.length === 0 ? null : faults.join('\n');
  }

  private compareLines(
    slot: number,
    requests: readonly GeneratedRequest[],
    ours: readonly string[],
    apache: readonly string[],
  ): string | null {
    const onlyApache = this.onlyApacheWatches[slot] ?? new Set<string>();
    let replies = 0;
    let at = 0;
    for (const theirs of apache) {
      const own = ours[at];
      const event = readEvent(theirs);
      if (own !== theirs && event !== null && event.type !== CHILDREN_CHANGED && onlyApache.delete(event.path))
        continue;
      const request = requests[replies];
      // What a client has missed is told too only to who may read the node (since 3.9.2); 3.8.0 tells everybody.
      if (own !== theirs && event !== null && event.type !== DELETED && isCatchUp(request?.type)) continue;
      if (own !== theirs) {
        const meant = request !== undefined && own !== undefined && covered(request, own, theirs);
        if (!meant) return `${request?.text ?? ''}\n  ours:   ${own}\n  Apache: ${theirs}`;
        if (request.watchedPath !== null) onlyApache.add(request.watchedPath);
      }
      if (event === null) replies++;
      at++;
    }
    return at === ours.length ? null : `  only ours: ${ours.slice(at).join('\n             ')}`;
  }
}

/** What a multi was answered, without the Stats of its creates; those of containers are there in 3.8.0 too. */
function withoutStats(reply: string): string {
  return reply.replace(/\bcreate2 0 ("[^"]*") \{[^}]*\}/g, 'create 0 $1');
}

function covered(request: GeneratedRequest, ours: string, apache: string): boolean {
  return INTENDED_DIFFERENCES.some((difference) => difference.covers(request, ours, apache));
}

function isCatchUp(requestType: number | undefined): boolean {
  return requestType === type.setWatches || requestType === type.setWatches2;
}

function readEvent(line: string): { type: number; path: string } | null {
  const [, eventType, path] = /^event (\d+) state \d+ (".*")$/.exec(line) ?? [];
  return path === undefined ? null : { type: Number(eventType), path: String(JSON.parse(path)) };
}

/** The ephemerals of a closed session go in the order of a hash set, so their events have no order either. */
function sorted(step: Step, lines: readonly string[]): readonly string[] {
  const closes = step.kind === 'requests' && step.requests.at(-1)?.type === type.closeSession;
  if (!closes) return lines;
  const result: string[] = [];
  let events: string[] = [];
  for (const line of lines) {
    if (readEvent(line) !== null) {
      events.push(line);
      continue;
    }
    result.push(...events.sort(), line);
    events = [];
  }
  return [...result, ...events.sort()];
}
