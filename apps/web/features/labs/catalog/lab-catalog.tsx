import type { ScenarioInfo } from '@vivarium/labs/history';
import { Check, FlaskConical, GraduationCap, Shuffle } from 'lucide-react';
import { type MouseEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Skeleton } from '../../../components/states.tsx';
import type { ChapterInfo } from '../engine/lab-messages.ts';
import { failureText } from '../lab-failure.ts';
import { type Progress, readProgress } from '../lab-progress.ts';
import { type LabRoute, useLabPlaces } from '../lab-route.ts';
import { useSay } from '../use-say.ts';
import { loadCatalog, useCatalog } from './catalog-store.ts';
import styles from './lab-catalog.module.css';

/** All protocols with their lessons, and where one was. */
export function LabCatalog() {
  const { t } = useTranslation('labs');
  const { phase, failure, chapters, missing } = useCatalog();
  const [progress] = useState(readProgress);
  return (
    <div className={styles.catalog}>
      <header className={styles.head}>
        <h1>{t('catalog.title')}</h1>
        <p>{t('catalog.about')}</p>
        <Resume chapters={chapters} progress={progress} />
      </header>
      {chapters.length > 1 && <ChapterLinks chapters={chapters} />}
      {chapters.map((chapter) => (
        <ChapterView key={chapter.protocol.title.en} chapter={chapter} progress={progress} />
      ))}
      {phase === 'loading' && <Skeleton lines={6} />}
      {failure !== null && (
        <div className={styles.failed} role="alert">
          <p>{failureText(t, failure)}</p>
          <Button onClick={() => void loadCatalog()}>{t('failure.retry')}</Button>
        </div>
      )}
      {missing > 0 && phase === 'ready' && (
        <div className={styles.failed} role="alert">
          <p>{t('catalog.missing', { count: missing })}</p>
          <Button onClick={() => location.reload()}>{t('failure.reload')}</Button>
        </div>
      )}
    </div>
  );
}

/** The lesson that was visited last, at the step where it was left. */
function Resume({
  chapters,
  progress,
}: {
  readonly chapters: readonly ChapterInfo[];
  readonly progress: ReadonlyMap<string, Progress>;
}) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const [id, last] = [...progress].at(-1) ?? [];
  const scenario = chapters.flatMap(({ scenarios }) => scenarios).find((candidate) => candidate.id === id);
  if (scenario === undefined || last === undefined) return null;
  return (
    <LabLink className={styles.resume} to={{ scenario: scenario.id, link: last.link, goals: false }}>
      {t('catalog.resume', { title: say(scenario.title), n: last.cursor })}
    </LabLink>
  );
}

function ChapterLinks({ chapters }: { readonly chapters: readonly ChapterInfo[] }) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const show = (title: string) => {
    const heading = document.getElementById(headingId(title));
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  };
  return (
    <nav className={styles.chapters} aria-label={t('catalog.protocols')}>
      {chapters.map(({ protocol }) => (
        <button key={protocol.title.en} type="button" onClick={() => show(protocol.title.en)}>
          {say(protocol.title)}
        </button>
      ))}
    </nav>
  );
}

const headingId = (title: string) => `labs-${title.replace(/\W+/g, '-')}`;

function ChapterView({
  chapter: { protocol, scenarios },
  progress,
}: {
  readonly chapter: ChapterInfo;
  readonly progress: ReadonlyMap<string, Progress>;
}) {
  const say = useSay();
  const lessons = scenarios.filter(({ kind }) => kind !== 'free');
  return (
    <section className={styles.chapter} aria-labelledby={headingId(protocol.title.en)}>
      <div className={styles.about}>
        <h2 id={headingId(protocol.title.en)} tabIndex={-1}>
          {say(protocol.title)}
        </h2>
        <p>{say(protocol.about)}</p>
      </div>
      <ol className={styles.lessons}>
        {lessons.map((scenario, index) => (
          <Lesson key={scenario.id} scenario={scenario} number={index + 1} progress={progress.get(scenario.id)} />
        ))}
        {scenarios
          .filter(({ kind }) => kind === 'free')
          .map((scenario) => (
            <Lesson key={scenario.id} scenario={scenario} number={null} progress={progress.get(scenario.id)} />
          ))}
      </ol>
    </section>
  );
}

function Lesson({
  scenario,
  number,
  progress,
}: {
  readonly scenario: ScenarioInfo;
  readonly number: number | null;
  readonly progress: Progress | undefined;
}) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const Icon = scenario.kind === 'free' ? FlaskConical : scenario.kind === 'variant' ? Shuffle : GraduationCap;
  const isUnderWay = progress !== undefined && !progress.finished && progress.link !== null;
  return (
    <li className={styles.lesson}>
      <span className={styles.number}>{number ?? ''}</span>
      <div className={styles.text}>
        <h3>
          <LabLink to={{ scenario: scenario.id, link: null, goals: false }}>{say(scenario.title)}</LabLink>
        </h3>
        <p>{say(scenario.purpose)}</p>
        {scenario.goals.length > 0 && (
          <ul className={styles.goals}>
            {scenario.goals.map(({ id, text }) => (
              <li key={id}>{say(text)}</li>
            ))}
          </ul>
        )}
      </div>
      <div className={styles.facts}>
        <span className={styles.kind}>
          <Icon size={14} strokeWidth={1.4} aria-hidden />
          {t(`kind.${scenario.kind}`)}
        </span>
        {scenario.questions > 0 && <span>{t('catalog.questions', { count: scenario.questions })}</span>}
        {progress !== undefined && progress.answered > 0 && (
          <span>{t('question.score', { right: progress.right, answered: progress.answered })}</span>
        )}
        {progress?.finished === true && (
          <span className={styles.finished}>
            <Check size={14} strokeWidth={1.75} aria-hidden />
            {t('catalog.finished')}
          </span>
        )}
        {isUnderWay && (
          <LabLink to={{ scenario: scenario.id, link: progress.link, goals: false }}>
            {t('catalog.goOn', { n: progress.cursor })}
          </LabLink>
        )}
      </div>
    </li>
  );
}

/** A link into a lab: a click goes there without loading the page again. */
function LabLink({
  to,
  className,
  children,
}: {
  readonly to: LabRoute;
  readonly className?: string | undefined;
  readonly children: string;
}) {
  const { href, go } = useLabPlaces();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a className={className} href={href(to)} onClick={follow}>
      {children}
    </a>
  );
}
