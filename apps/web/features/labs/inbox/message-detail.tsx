import type { FlightPicture } from '@vivarium/labs/history';
import type { Fact } from '@vivarium/labs/node-view';
import type { Text } from '@vivarium/labs/text';
import { useTranslation } from 'react-i18next';
import { useLab } from '../lab-store.ts';
import { acceptedText, zxidText } from '../stage/card-rows.ts';
import { useSay } from '../use-say.ts';
import styles from './inbox.module.css';

/** What a message carries, where it comes from, and what is to become of it. */
export function MessageDetail({ flight }: { readonly flight: FlightPicture }) {
  const { t } = useTranslation('labsStage');
  const say = useSay();
  const words = useLab(({ protocol }) => protocol.words);
  const cause = useLab(({ branch }) => branch.records[flight.sentN - 1]);
  const cursor = useLab((state) => state.cursor);
  return (
    <div className={styles.detail}>
      <p className={styles.detailHead}>
        <code>{flight.label}</code> {`${flight.from} → ${flight.to}`}
      </p>
      <dl className={styles.facts}>
        {flight.facts.map((fact) => {
          const word = words[fact.id];
          return (
            <div key={fact.id}>
              <dt>{word === undefined ? fact.id : say(word)}</dt>
              <dd className="mono">{factText(fact, say, t('none'))}</dd>
            </div>
          );
        })}
        <div>
          <dt>{t('detail.sent')}</dt>
          <dd>{t('detail.sentAt', { step: flight.sentN, count: Math.max(0, cursor - flight.sentN) })}</dd>
        </div>
        {cause !== undefined && (
          <div>
            <dt>{t('detail.cause')}</dt>
            <dd>{say(cause.sentence)}</dd>
          </div>
        )}
        <div>
          <dt>{t('detail.connection')}</dt>
          <dd>{flight.channel === null ? t('detail.datagram') : t('detail.inOrder')}</dd>
        </div>
        {flight.copyOf !== null && (
          <div>
            <dt>{t('detail.origin')}</dt>
            <dd>{t(flight.tampered ? 'detail.tampered' : 'detail.copy')}</dd>
          </div>
        )}
        {flight.held && (
          <div>
            <dt>{t('detail.held')}</dt>
            <dd>{t('detail.heldWhy')}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

/** A fact in words, for where there is no room for a drawing. */
function factText({ value }: Fact, say: (text: Text) => string, none: string): string {
  switch (value.kind) {
    case 'term':
      return value.term;
    case 'text':
      return say(value.text);
    case 'value':
      return value.value;
    case 'accepted':
      return value.value.length > 3 ? `(${value.ballot}, ${value.value})` : acceptedText(value.ballot, value.value);
    case 'zxid':
      return zxidText(value.epoch, value.counter);
    case 'tally':
      return `${value.have.join(', ')} (${value.have.length}/${value.of.length})`;
    case 'locks':
      return value.locks.map(({ key, holder }) => `${key}: ${holder}`).join(', ') || none;
    case 'names':
      return value.names.join(', ') || none;
    case 'none':
      return none;
  }
}
