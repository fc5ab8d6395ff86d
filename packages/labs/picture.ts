/** Pictures as the sum of records. What a record does not touch is the same object as before, so that a page can skip it. */
import type { Entry, MessageId } from '@vivarium/simulation/stepped/journal';
import type { FlightPicture, Picture, StepRecord } from './history.ts';

/** The message that is under way no more after this entry; null where there is none. */
function leaves(entry: Entry): MessageId | null {
  const { happening } = entry;
  if (happening.kind === 'deliver' || happening.kind === 'lose') return happening.message;
  if (happening.kind === 'act' && happening.action.do === 'tamper') return happening.action.message;
  return null;
}

/** The picture after a step, from the one before it. */
export function applyRecord(picture: Picture, record: StepRecord): Picture {
  const { entry } = record;
  return {
    n: entry.n,
    atMs: entry.atMs,
    nodes: Object.keys(record.nodes).length === 0 ? picture.nodes : { ...picture.nodes, ...record.nodes },
    inFlight: applyToFlights(picture.inFlight, record),
    cuts: record.cuts ?? picture.cuts,
    verdicts:
      record.verdicts.length === 0
        ? picture.verdicts
        : picture.verdicts.map((old) => record.verdicts.find((news) => news.invariant === old.invariant) ?? old),
    annotations: record.annotations ?? picture.annotations,
  };
}

function applyToFlights(inFlight: Picture['inFlight'], record: StepRecord): Picture['inFlight'] {
  const { entry, facts, moved } = record;
  const gone = leaves(entry);
  if (gone === null && entry.sent.length === 0 && moved.length === 0) return inFlight;
  const flights: Record<MessageId, FlightPicture> = { ...inFlight };
  if (gone !== null) delete flights[gone];
  for (const sent of entry.sent) {
    flights[sent.id] = { ...sent, sentN: entry.n, held: false, facts: facts[sent.id] ?? [] };
  }
  for (const { id, held, dueMs } of moved) {
    const flight = flights[id];
    if (flight !== undefined) flights[id] = { ...flight, held, dueMs };
  }
  return flights;
}
