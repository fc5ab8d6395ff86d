/** One server at the instant: its process, where it listens, its vote, its log, how it was synchronised, its links. */
import { type ClusterState, linkKey, type ServerView } from '@vivarium/shared/cluster-state';
import type { ServerAction } from '@vivarium/shared/contract/rest';
import { useState } from 'react';
import { useGo, useLocation } from '../../../app/location.ts';
import { Button } from '../../../components/button.tsx';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { Copyable, ZxidText } from '../../../components/identifiers.tsx';
import { KeyValue, type KeyValueEntry, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { VoteText } from '../../../viz/vote-text.tsx';
import { actOnServer, serverActions } from '../actions.ts';
import { actorText } from '../actor-text.ts';
import { useIsAttached } from '../attached.ts';
import { formatSelection } from '../selection.ts';
import { AttachedServer } from './attached-server.tsx';
import { faultText } from './fault-text.ts';
import { isVote, isZxid } from './format.ts';
import styles from './inspector.module.css';
import { leaderOf } from './membership.ts';
import { ServerMark } from './server-mark.tsx';
import { useText } from './text.ts';

interface Props {
  readonly state: ClusterState;
  readonly server: ServerView;
}

/** The sections of the inspector for a server. */
export function ServerInspector({ state, server }: Props) {
  const hasDied = server.process?.state === 'died';
  const isAttached = useIsAttached();
  if (isAttached) return <AttachedServer server={server} />;
  return (
    <>
      <Standing server={server} />
      <Actions state={state} server={server} />
      {hasDied && <Process server={server} />}
      <Log state={state} server={server} />
      <Synchronisation server={server} />
      <Links state={state} server={server} />
      {!hasDied && <Process server={server} />}
      <Addresses server={server} />
    </>
  );
}

function Standing({ server }: { readonly server: ServerView }) {
  const t = useText();
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  const runs = server.process === null || server.process.state === 'running' || server.process.state === 'paused';
  const state = runs ? (server.state ?? '–') : t(`process.${server.process?.state ?? 'stopped'}`);
  const entries: KeyValueEntry[] = [
    {
      key: 'state',
      label: t('server_.state'),
      value: (
        <>
          {state}
          {server.state === 'FOLLOWING' || server.state === 'OBSERVING'
            ? runs &&
              server.leader !== null && (
                <span className={styles.dim}>, {t('server_.follows', { sid: server.leader })}</span>
              )
            : null}
        </>
      ),
    },
    ...(runs
      ? [
          { key: 'phase', label: t('server_.phase'), value: t(`phase.${server.phase}`) },
          {
            key: 'since',
            label: t('server_.since'),
            value: t('server_.sinceAgo', { duration: formatDuration(Math.max(0, headMs - server.sinceMs), language) }),
          },
        ]
      : []),
    { key: 'epoch', label: t('server_.epoch'), value: server.epoch },
    {
      key: 'role',
      label: t('server_.role'),
      value: t(server.member?.role === 'observer' ? 'server_.observer' : 'server_.voter'),
    },
    {
      key: 'vote',
      label: t('server_.vote'),
      value:
        server.vote === null || !isVote(server.vote) ? (
          <span className={styles.dim}>{t('server_.noVote')}</span>
        ) : (
          <VoteText vote={server.vote} />
        ),
    },
    {
      key: 'sessions',
      label: t('server_.sessions'),
      value: t('server_.connected', { count: server.connections }),
    },
  ];
  return (
    <Panel>
      <KeyValue entries={entries} />
    </Panel>
  );
}

function Actions({ state, server }: Props) {
  const t = useText();
  const language = useLanguage();
  const { cluster } = useLocation();
  const { info, mode } = usePlayer((view) => ({ info: view.info, mode: view.mode }));
  const [busy, setBusy] = useState<ServerAction | null>(null);
  if (info === null || !(info.capabilities.processes || info.capabilities.faults)) return null;
  const past = mode !== 'live';
  const act = async (action: ServerAction) => {
    setBusy(action);
    await actOnServer(cluster, server.sid, action, language);
    setBusy(null);
  };
  return (
    <Panel title={t('server_.actions')}>
      <div className={styles.actions}>
        {serverActions(server, state.links, info.capabilities).map((action) => (
          <Button
            key={action}
            disabled={past || busy !== null}
            aria-busy={busy === action || undefined}
            title={t(`action.${action}Title`)}
            onClick={() => void act(action)}
          >
            {t(`action.${action}`)}
          </Button>
        ))}
      </div>
      {past && <p className={styles.note}>{t('inspector.pastOnly')}</p>}
    </Panel>
  );
}

function Process({ server: { process } }: { readonly server: ServerView }) {
  const t = useText();
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  if (process === null) {
    return (
      <Panel title={t('server_.process')}>
        <p>{t('server_.attached')}</p>
      </Panel>
    );
  }
  const { state, pid, by, exit, lastLines, sinceMs } = process;
  const word = t(`process.${state}`);
  const ended =
    exit === null
      ? null
      : exit.signal !== null
        ? t('server_.signal', { signal: exit.signal })
        : t('exitCode', { code: exit.code ?? '?' });
  const entries: KeyValueEntry[] = [
    {
      key: 'state',
      label: t('server_.state'),
      value: by === null ? word : t('aside', { text: word, note: t('by', { who: actorText(t, by) }) }),
    },
    {
      key: 'since',
      label: t('server_.since'),
      value: t('server_.sinceAgo', { duration: formatDuration(Math.max(0, headMs - sinceMs), language) }),
    },
    ...(pid === null ? [] : [{ key: 'pid', label: t('server_.pid'), value: <Copyable value={String(pid)} /> }]),
    ...(ended === null ? [] : [{ key: 'exit', label: t('server_.exit'), value: ended }]),
  ];
  return (
    <Panel title={t('server_.process')}>
      {state === 'died' && <p className={styles.plate}>{t('server_.died')}</p>}
      <KeyValue entries={entries} />
      {lastLines.length > 0 && (
        <figure>
          <figcaption className={styles.note}>{t('server_.lastLines')}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
          <pre className={styles.lines} tabIndex={0}>
            {lastLines.join('\n')}
          </pre>
        </figure>
      )}
    </Panel>
  );
}

export function Addresses({ server: { member } }: { readonly server: ServerView }) {
  const t = useText();
  if (member === null) return null;
  const ports = [
    ['client', member.clientPort],
    ['quorum', member.quorumPort],
    ['election', member.electionPort],
  ] as const;
  // A port that nobody has told is 0.
  const known = ports.filter(([, port]) => port !== 0);
  if (known.length === 0) return null;
  return (
    <Panel title={t('server_.addresses')}>
      <KeyValue
        entries={known.map(([key, port]) => ({
          key,
          label: t(`server_.${key}`),
          value: <Copyable value={`${member.host}:${port}`} />,
        }))}
      />
    </Panel>
  );
}

function Log({ state, server }: Props) {
  const t = useText();
  const leader = leaderOf(state);
  const last = leader !== null && leader.sid !== server.sid ? BigInt(leader.lastCommitted) : null;
  const own = BigInt(server.lastCommitted);
  const behind = last !== null && last >> 32n === own >> 32n && last > own ? Number(last - own) : 0;
  return (
    <Panel title={t('server_.log')}>
      <KeyValue
        entries={[
          { key: 'logged', label: t('server_.logged'), value: <ZxidText zxid={server.lastLogged} /> },
          {
            key: 'committed',
            label: t('server_.committed'),
            value: (
              <>
                <ZxidText zxid={server.lastCommitted} />
                {behind > 0 && <span className={styles.dim}> {t('server_.behind', { count: behind })}</span>}
              </>
            ),
          },
          { key: 'applied', label: t('server_.applied'), value: <ZxidText zxid={server.lastApplied} /> },
        ]}
      />
    </Panel>
  );
}

function Synchronisation({ server: { sync, state } }: { readonly server: ServerView }) {
  const t = useText();
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  if (sync === null) {
    return state === 'LEADING' ? null : (
      <Panel title={t('server_.sync')}>
        <p>{t('server_.noSync')}</p>
      </Panel>
    );
  }
  const ago = formatDuration(Math.max(0, headMs - sync.atMs), language);
  return (
    <Panel title={t('server_.sync')} aside={t('server_.sinceAgo', { duration: ago })}>
      <KeyValue
        entries={[
          { key: 'mode', label: t('server_.syncMode'), value: sync.mode },
          {
            key: 'range',
            label: t('server_.syncRange'),
            value: (
              <>
                {isZxid(sync.from) && <ZxidText zxid={sync.from} />} → {isZxid(sync.to) && <ZxidText zxid={sync.to} />}
              </>
            ),
          },
          { key: 'txns', label: t('server_.syncTxns'), value: formatCount(sync.txns, language) },
          ...(sync.nodes === null
            ? []
            : [{ key: 'nodes', label: t('server_.syncNodes'), value: formatCount(sync.nodes, language) }]),
        ]}
      />
      <p className={styles.after}>
        {t(`server_.syncExplain.${sync.mode === 'DIFF' && sync.txns === 0 ? 'none' : sync.mode}`)}
      </p>
    </Panel>
  );
}

function Links({ state, server }: Props) {
  const t = useText();
  const go = useGo();
  const others = Object.keys(state.servers)
    .map(Number)
    .filter((sid) => sid !== server.sid)
    .map((sid) => ({ sid, out: state.links[linkKey(server.sid, sid)], in: state.links[linkKey(sid, server.sid)] }))
    .filter((link) => link.out !== undefined || link.in !== undefined);
  if (others.length === 0) return null;
  return (
    <Panel title={t('server_.links')}>
      <table className={styles.table}>
        <caption className="visually-hidden">{t('server_.links')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('server_.to')}</th>
            <th scope="col" className={styles.end}>
              {t('server_.out')}
            </th>
            <th scope="col" className={styles.end}>
              {t('server_.in')}
            </th>
            <th scope="col" className={styles.end}>
              {t('server_.fault')}
            </th>
          </tr>
        </thead>
        <tbody>
          {others.map(({ sid, out, in: back }) => (
            <tr key={sid}>
              <td>
                <button
                  type="button"
                  className={styles.link}
                  onClick={() => go({ select: formatSelection({ kind: 'link', from: server.sid, to: sid }) })}
                >
                  <ServerMark state={state} sid={sid} />
                </button>
              </td>
              <td className={styles.end}>{out?.waiting ?? 0}</td>
              <td className={styles.end}>{back?.waiting ?? 0}</td>
              <td className={styles.end}>{faultText(t, out?.fault ?? back?.fault ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
