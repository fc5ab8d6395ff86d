/** The words of a protocol's facts in the language of the page. */
import type { Fact } from '@vivarium/labs/node-view';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { type FactWords, factText } from './fact-text.ts';
import type { RowSubject, RowWords } from './state-rows.ts';

export interface LabWords {
  readonly rows: RowWords;
  readonly subject: (subject: RowSubject) => string;
  /** A fact with its name: `promised 2`. */
  readonly factLabel: (fact: Fact) => string;
}

/** The same object until the language or the protocol changes. */
export function useLabWords(): LabWords {
  const { t } = useTranslation('labsViews');
  const say = useSay();
  const protocol = useLab(({ protocol: of }) => of);
  return useMemo(() => {
    const none = t('none');
    const facts: FactWords = {
      say,
      none,
      tally: (parts) => t('fact.tally', { ...parts }),
      against: (names) => t('fact.against', { names }),
      lock: (key, holder) => t('fact.lock', { key, holder }),
    };
    const word = (id: string) => {
      const text = protocol.words[id];
      return text === undefined ? id : say(text);
    };
    return {
      rows: {
        fact: ({ value }) => factText(value, facts),
        status: (status) => t(`status.${status}`),
        timer: (name) => {
          const text = protocol.timers[name];
          return text === undefined ? name : say(text);
        },
        log: (count, last) => t('log', { count, last }),
        none,
      },
      subject: (subject) => (subject.kind === 'fact' ? word(subject.id) : t(`row.${subject.kind}`)),
      factLabel: ({ id, value }) => `${word(id)} ${factText(value, facts)}`,
    };
  }, [t, say, protocol]);
}
