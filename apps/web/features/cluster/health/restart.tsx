/** "Can I restart server N now?": the answer, the quorum now, without it and without one more, and what else would happen. */
import type { HealthReport, RestartAnswer } from '@vivarium/shared/contract/health';
import { Bell, BellRing } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listOf } from '../../../app/health-report/finding-text.ts';
import { useGo, useLocation } from '../../../app/location.ts';
import { Button } from '../../../components/button.tsx';
import { Select } from '../../../components/field.tsx';
import { formatCount } from '../../../components/format.ts';
import { toast } from '../../../components/toast.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { formatSelection, parseSelection } from '../selection.ts';
import { replicaRole } from './replica-rows.ts';
import styles from './restart.module.css';
import { type RestartRow, restartRows, serverToAsk, wrongSids } from './restart-rows.ts';

export function Restart({ report }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const go = useGo();
  const { select } = useLocation();
  const selection = parseSelection(select);
  const asked = selection?.kind === 'server' ? selection.sid : serverToAsk(report);
  const answer = report.restart.find(({ sid }) => sid === asked) ?? report.restart[0];
  if (answer === undefined) {
    return (
      <section className={styles.restart} aria-label={t('restart.label')}>
        <p className="dim">{t('restart.none')}</p>
      </section>
    );
  }
  const { sid } = answer;
  const options = report.restart.map((one) => ({
    value: String(one.sid),
    label: t('restart.server', { sid: one.sid }),
  }));
  return (
    <section className={styles.restart} aria-label={t('restart.label')}>
      <h2 className={styles.question}>
        {t('restart.before')}
        <Select
          label={t('restart.which')}
          hideLabel
          value={String(sid)}
          options={options}
          onChange={(value) => go({ select: formatSelection({ kind: 'server', sid: Number(value) }) })}
        />
        {t('restart.after')}
      </h2>
      <p className={styles.answer} role="status">
        <AnswerText answer={answer} />
      </p>
      <ul className={styles.rows}>
        {/* Of servers that nobody hears, nobody knows whether they count. */}
        {answer.answer !== 'unknown' &&
          restartRows(report, answer).map((row) => <Row key={row.kind} row={row} report={report} />)}
      </ul>
      <Facts report={report} answer={answer} />
      <Then key={sid} answer={answer} />
    </section>
  );
}

function AnswerText({ answer: { answer, because, without } }: { readonly answer: RestartAnswer }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const reason = t(`restart.because.${because.code}`, {
    count: because.code === 'bringBackFirst' ? because.sids.length : without.spare,
    servers: listOf(language, because.sids),
  });
  return t(`restart.answer.${answer}`, { because: reason });
}

function Row({ row, report }: { readonly row: RestartRow; readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const { count, have, dead, wrong, line } = row;
  const after = count.hasQuorum ? t('restart.spare', { count: count.spare }) : t('restart.stops');
  return (
    <li>
      <span>{t(`restart.row.${row.kind}`, { sid: row.sid })}</span>
      <span>
        <QuorumSlots
          voters={count.voters}
          have={have}
          quorum={line}
          dead={dead}
          wrong={wrong}
          height={31}
          roleOf={(sid) => replicaRole(report.replicas.find((replica) => replica.sid === sid))}
        />
      </span>
      <span className={styles.result}>
        <span>
          <b data-bad={!count.hasQuorum || undefined}>
            {t('restart.upOf', { up: count.up.length, voters: count.voters.length })}
          </b>
          {t('comma')}
          {after}
        </span>
      </span>
    </li>
  );
}

function Facts({ report, answer }: { readonly report: HealthReport; readonly answer: RestartAnswer }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const { sid, sessions, now } = answer;
  const leader = report.replicas.find(({ role }) => role?.value === 'leader')?.sid;
  const wrong = wrongSids(report).filter((other) => other !== sid && now.up.includes(other));
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      'leader',
      leader === undefined
        ? t(answer.answer === 'unknown' ? 'replicas.notSeen' : 'restart.leaderNone')
        : t(leader === sid ? 'restart.leaderGoes' : 'restart.leaderStays', { sid: leader }),
    ],
    [
      'sessions',
      sessions === null
        ? t('restart.sessionsUnknown')
        : t('restart.sessions', { count: sessions, sessions: formatCount(sessions, language) }),
    ],
    [
      'quorum',
      now.needed === Math.floor(now.voters.length / 2) + 1
        ? t('restart.quorum', { needed: now.needed, voters: now.voters.length })
        : t('restart.quorumWeight'),
    ],
    ...(wrong.length === 0 ? [] : [['data', t('restart.wrongData', { servers: listOf(language, wrong) })] as const]),
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([key, text]) => (
        <div key={key} style={{ display: 'contents' }}>
          <dt>{t(`restart.fact.${key}`)}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** When it will be safe, and a word when it is. */
function Then({ answer }: { readonly answer: RestartAnswer }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const [isTelling, setTelling] = useState(false);
  const isSafe = answer.answer === 'yes';
  const { sid, because, without } = answer;
  useEffect(() => {
    if (!isTelling || !isSafe) return;
    toast('ok', t('restart.safeNow', { sid }));
    setTelling(false);
  }, [isTelling, isSafe, sid, t]);
  const text = isSafe
    ? t('restart.thenNow')
    : because.code === 'bringBackFirst'
      ? t('restart.then', {
          sid,
          servers: listOf(language, because.sids),
          up: without.up.length + because.sids.length,
          voters: without.voters.length,
        })
      : because.code === 'quorumLost'
        ? t('restart.thenLost')
        : null;
  if (text === null) return null;
  return (
    <div className={styles.then}>
      <p>{text}</p>
      {!isSafe && (
        <Button aria-pressed={isTelling} onClick={() => setTelling(!isTelling)}>
          {isTelling ? <BellRing size={13} aria-hidden /> : <Bell size={13} aria-hidden />}
          {t(isTelling ? 'restart.telling' : 'restart.tell')}
        </Button>
      )}
    </div>
  );
}
