/** One sentence for each kind of cluster event. The server that it happened to stands before it and is not named again. */
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { ErrorCode } from '@vivarium/shared/error-code';
import { formatZxid } from '../../../components/format.ts';
import { actorText } from '../actor-text.ts';
import { voteOrNone, zxidOrNone } from '../inspector/format.ts';
import type { Translate } from '../inspector/text.ts';

type Body<Kind extends ClusterEventBody['kind']> = Extract<ClusterEventBody, { readonly kind: Kind }>;

const WATCH_EVENTS: Readonly<Record<number, string>> = {
  1: 'created',
  2: 'deleted',
  3: 'dataChanged',
  4: 'childChanged',
};

const ERROR_NAMES = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

/** The name of an error code of the client protocol, or its number. */
export function errorName(code: number): string {
  return ERROR_NAMES.get(code) ?? String(code);
}

/** What happened, in the reader's language. */
export function eventSentence(t: Translate, { sid, body }: FeedEvent): string {
  switch (body.kind) {
    case 'stateChanged':
      return stateChanged(t, body);
    case 'voteSent':
      return t('event.voteSent', { to: body.to, vote: voteOrNone(body.vote) });
    case 'voteReceived':
      return t('event.voteReceived', { from: body.from, vote: voteOrNone(body.vote) });
    case 'electionWon':
      return t(body.leader === sid ? 'event.electionWonSelf' : 'event.electionWon', {
        leader: body.leader,
        round: body.electionEpoch,
      });
    case 'packetSent':
      return t('event.packetSent', { to: body.to, packet: packetText(body) });
    case 'packetReceived':
      return body.from < 0
        ? t('event.packetReceivedEarly', { packet: packetText(body) })
        : t('event.packetReceived', { from: body.from, packet: packetText(body) });
    case 'proposed':
      return t('event.proposed', { zxid: formatZxid(body.zxid), write: writeText(body), bytes: body.bytes });
    case 'logged':
      return t('event.logged', { zxid: formatZxid(body.zxid) });
    case 'acked':
      return body.by === sid
        ? t('event.ackedSelf', { zxid: formatZxid(body.zxid) })
        : t('event.acked', { zxid: formatZxid(body.zxid), by: body.by });
    case 'committed':
      return t('event.committed', { zxid: formatZxid(body.zxid) });
    case 'applied': {
      const params = { zxid: formatZxid(body.zxid), write: writeText(body) };
      return body.error === 0
        ? t('event.applied', params)
        : t('event.appliedError', { ...params, error: errorName(body.error) });
    }
    case 'writeRequested':
      return t('event.writeRequested', { write: writeText(body), session: body.session });
    case 'writeReplied': {
      const params = { session: body.session, zxid: zxidOrNone(body.zxid) };
      return body.error === 0
        ? t('event.writeReplied', params)
        : t('event.writeRepliedError', { ...params, error: errorName(body.error) });
    }
    case 'synchronised':
      return synchronised(t, sid, body);
    case 'clientConnected':
      return t('event.clientConnected', { address: body.address, session: body.session });
    case 'clientClosed':
      return t(body.session === null ? 'event.clientClosedEarly' : 'event.clientClosed', {
        session: body.session ?? '',
        reason: closeReason(t, body.reason),
      });
    case 'sessionCreated':
      return t('event.sessionCreated', { session: body.session, seconds: body.timeoutMs / 1000 });
    case 'sessionClosed':
      return t(body.expired ? 'event.sessionExpired' : 'event.sessionClosed', { session: body.session });
    case 'watchSet':
      return t(`event.watchSet.${body.watch}`, { session: body.session, path: body.path });
    case 'watchRemoved':
      return t('event.watchRemoved', { session: body.session, path: body.path });
    case 'watchFired':
      return t(`event.watchFired.${WATCH_EVENTS[body.type] ?? 'other'}`, { session: body.session, path: body.path });
    case 'warning':
      return body.detail === ''
        ? t('event.warning', { code: body.code })
        : t('event.warningDetail', { code: body.code, detail: body.detail });
    case 'processChanged':
      return processChanged(t, body);
    case 'linkFaulted':
      return linkFaulted(t, body);
    case 'memberAdded':
      // Of a cluster that somebody else runs, the port may be told by nobody yet.
      return body.clientPort === 0
        ? t(`event.memberAdded.${body.role}Only`)
        : t(`event.memberAdded.${body.role}`, { address: `${body.host}:${body.clientPort}` });
    case 'memberRemoved':
      return t('event.memberRemoved');
    case 'reachabilityChanged':
      return t(body.reachable ? 'event.reachable' : 'event.unreachable');
    case 'znodeSeen':
      return t(`event.znodeSeen.${body.change}`, { path: body.path });
    case 'dropped':
      return t('event.dropped', { count: body.count });
  }
}

function stateChanged(t: Translate, { state, phase, epoch, leader }: Body<'stateChanged'>): string {
  if (state === 'LOOKING') return t('event.looking', { epoch });
  const params = { epoch, leader: leader ?? '?', phase: t(`phase.${phase}`) };
  return t(phase === 'BROADCAST' ? `event.serving.${state}` : `event.joining.${state}`, params);
}

function packetText({ packet, zxid }: { readonly packet: string; readonly zxid: string }): string {
  const shown = zxidOrNone(zxid);
  return shown === '' || shown === '0·0' ? packet : `${packet} ${shown}`;
}

function writeText({ operation, path }: { readonly operation: string; readonly path: string | null }): string {
  return path === null ? operation : `${operation} ${path}`;
}

function synchronised(t: Translate, sid: number, body: Body<'synchronised'>): string {
  const params = {
    learner: body.learner,
    mode: body.mode,
    from: zxidOrNone(body.from),
    to: zxidOrNone(body.to),
    count: body.mode === 'SNAP' ? (body.nodes ?? 0) : body.txns,
  };
  return t(body.learner === sid ? `event.synchronisedSelf.${body.mode}` : `event.synchronised.${body.mode}`, params);
}

function processChanged(t: Translate, { process, pid, by, exit }: Body<'processChanged'>): string {
  const how = exit?.signal ?? (exit?.code === null || exit === null ? '' : t('exitCode', { code: exit.code }));
  const text = t(`event.process.${process}`, { pid: pid ?? '?' });
  const parts = [...(how === '' ? [] : [how]), ...(by === null ? [] : [t('by', { who: actorText(t, by) })])];
  return parts.length === 0 ? text : t('aside', { text, note: parts.join(t('listComma')) });
}

function linkFaulted(t: Translate, { to, fault, by }: Body<'linkFaulted'>): string {
  const text =
    fault === null
      ? t('event.link.healed', { to })
      : t(`event.link.${fault.kind}`, {
          to,
          delayMs: fault.kind === 'slow' ? fault.delayMs : 0,
          percent: fault.kind === 'drop' ? fault.percent : 0,
        });
  return by === null ? text : t('aside', { text, note: t('by', { who: actorText(t, by) }) });
}

/** Reasons that our own servers give, as they give them; those of others are shown as they came. */
const CLOSE_REASONS: Readonly<Record<string, string>> = {
  'the client closed the connection': 'client',
  'the server is looking for a leader': 'looking',
  'the server is not serving': 'notServing',
  'wrong password': 'password',
  'the session has a newer connection': 'newerConnection',
  'the session has moved to another server': 'moved',
  'the session has expired': 'expired',
  'the session was closed': 'closed',
  'authentication failed': 'authentication',
  'a request came before the session was established': 'early',
  'an operation that is not served': 'notServed',
  'a frame shorter than a request header': 'shortFrame',
};

function closeReason(t: Translate, reason: string): string {
  const known = CLOSE_REASONS[reason];
  return known === undefined ? reason : t(`closeReason.${known}`);
}
