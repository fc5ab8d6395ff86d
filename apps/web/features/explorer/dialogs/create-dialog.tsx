import { Perms } from '@vivarium/shared/acl';
import { encodeBase64 } from '@vivarium/shared/base64';
import { type ApiError, errorSentence } from '@vivarium/shared/contract/errors';
import type { AclEntryJson, CreatedJson, CreateModeJson, CreateRequest } from '@vivarium/shared/contract/rest';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Checkbox, NumberField, Select, TextArea, TextField } from '../../../components/field.tsx';
import { formatBytes, formatCount } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { api } from '../../../live/api.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { encodeText, readData } from '../data/data-kind.ts';
import { dataLimit } from '../detail/draft.ts';
import { failureOf } from '../failure.ts';
import { faultOf } from '../path-fault.ts';
import { clusterPath } from '../tree/use-tree.ts';
import styles from './dialogs.module.css';

type Life = 'persistent' | 'ephemeral' | 'container' | 'ttl';
const LIVES: readonly Life[] = ['persistent', 'ephemeral', 'container', 'ttl'];

type AclChoice = 'open' | 'readOnly' | 'own';
const ACL_CHOICES: readonly AclChoice[] = ['open', 'readOnly', 'own'];

const UNITS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS;
const UNIT_NAMES = Object.keys(UNITS) as Unit[];

/** What is filled in when the dialog opens. */
export interface NewZnode {
  readonly path: string;
  /** Base64; null for none. */
  readonly data: string | null;
}

/** Asks for a new znode, and creates it. */
export function CreateDialog({
  cluster,
  start,
  onClose,
  onCreated,
}: {
  readonly cluster: string;
  readonly start: NewZnode;
  readonly onClose: () => void;
  readonly onCreated: (created: CreatedJson) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const session = usePlayer((view) => view.viewerSession);
  const [path, setPath] = useState(start.path);
  const [touched, setTouched] = useState(false);
  const [life, setLife] = useState<Life>('persistent');
  const [sequential, setSequential] = useState(false);
  const [ttl, setTtl] = useState<number | null>(10);
  const [unit, setUnit] = useState<Unit>('min');
  const [given] = useState(() => readData(start.data));
  const [text, setText] = useState(given.text ?? '');
  const [noData, setNoData] = useState(start.data === null);
  const [acl, setAcl] = useState<AclChoice>('open');
  const [entry, setEntry] = useState<AclEntryJson>({ scheme: 'digest', id: '', perms: Perms.ALL });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);

  const numbered = sequential && life !== 'container';
  // A numbered one may end in a slash: its whole name is the number.
  const fault =
    path === '/' && !numbered
      ? ({ key: 'root', at: 0, character: '' } as const)
      : faultOf(numbered ? `${path}0` : path);
  // Bytes that are no text are taken as they are.
  const fixed = given.text === null ? given.bytes : null;
  const bytes = fixed ?? encodeText(text);
  const limit = dataLimit(path);
  const excess = Math.max(0, bytes.length - limit);
  const ttlMs = life === 'ttl' && ttl !== null ? ttl * UNITS[unit] : null;
  const badTtl = life === 'ttl' && (ttlMs === null || ttlMs < 1 || ttlMs > MAX_TTL_MS);
  const badEntry = acl === 'own' && (entry.scheme === '' || entry.perms === 0);
  const ready = fault === null && excess === 0 && !badTtl && !badEntry && !busy;

  const create = async () => {
    setTouched(true);
    if (!ready) return;
    setBusy(true);
    setFailure(null);
    try {
      const body: CreateRequest = {
        path,
        mode: modeOf(life, numbered),
        ...(fixed === null && text === '' && noData ? {} : { data: encodeBase64(bytes) }),
        ...(ttlMs !== null && { ttlMs }),
        acl: aclOf(acl, entry),
      };
      onCreated(await api.post<CreatedJson>(clusterPath(cluster, 'znodes'), body));
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('create.title')}
      footer={
        <>
          <Button onClick={onClose}>{t('create.cancel')}</Button>
          <Button variant="primary" disabled={busy || (touched && !ready)} onClick={() => void create()}>
            {t(numbered ? 'create.submitNumbered' : 'create.submit')}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextField
          label={t('create.path')}
          mono
          autoFocus
          value={path}
          onChange={(value) => {
            setPath(value);
            setTouched(path.length < value.length);
          }}
          onFocus={(event) => event.target.setSelectionRange(path.length, path.length)}
          error={touched && fault !== null ? t(`path.${fault.key}`, { ...fault }) : undefined}
          hint={numbered ? t('create.numberedHint', { path: `${path}0000000000` }) : t('create.pathHint')}
        />
        <fieldset className={styles.group}>
          <legend>{t('create.life')}</legend>
          {LIVES.map((value) => (
            <Choice
              key={value}
              name="life"
              checked={life === value}
              onChange={() => setLife(value)}
              about={t(`create.lives.${value}About`)}
            >
              {t(`create.lives.${value}`)}
            </Choice>
          ))}
          {life === 'ttl' && (
            <div className={styles.inline}>
              <NumberField
                label={t('create.ttl')}
                value={ttl}
                onChange={setTtl}
                min={1}
                error={badTtl ? t('create.badTtl') : undefined}
              />
              <Select
                label={t('create.unit')}
                value={unit}
                onChange={setUnit}
                options={UNIT_NAMES.map((value) => ({ value, label: t(`create.units.${value}`) }))}
              />
            </div>
          )}
          {life === 'ephemeral' && (
            <p className={styles.notice}>
              {session.session === null
                ? t('create.sessionNew')
                : t('create.session', { session: session.session, server: session.server ?? '—' })}
            </p>
          )}
          <Checkbox
            label={t('create.sequential')}
            checked={numbered}
            disabled={life === 'container'}
            onChange={setSequential}
          />
        </fieldset>
        {fixed === null ? (
          <TextArea
            label={t('create.data')}
            mono
            rows={4}
            value={text}
            onChange={setText}
            error={
              excess > 0
                ? t('edit.tooLarge', {
                    bytes: formatCount(bytes.length, language),
                    excess: formatCount(excess, language),
                    limit: formatCount(limit, language),
                  })
                : undefined
            }
            hint={text === '' ? undefined : t('data.bytes', { count: bytes.length })}
          />
        ) : (
          <p className={styles.notice}>{t('create.fixedData', { size: formatBytes(fixed.length, language) })}</p>
        )}
        {fixed === null && text === '' && <Checkbox label={t('create.noData')} checked={noData} onChange={setNoData} />}
        <Select
          label={t('create.acl')}
          value={acl}
          onChange={setAcl}
          options={ACL_CHOICES.map((value) => ({ value, label: t(`create.acls.${value}`) }))}
          hint={t(`create.acls.${acl}About`)}
        />
        {acl === 'own' && <OwnEntry entry={entry} onChange={setEntry} />}
        {failure !== null && (
          <p className={styles.failure} role="alert">
            {failure.code === 'zookeeper' && failure.params.name === 'UNIMPLEMENTED'
              ? t('create.unimplemented')
              : errorSentence(failure.code, failure.params, language)}
          </p>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function Choice({
  name,
  checked,
  onChange,
  about,
  children,
}: {
  readonly name: string;
  readonly checked: boolean;
  readonly onChange: () => void;
  readonly about: string;
  readonly children: string;
}) {
  const id = useId();
  return (
    <div className={styles.choice}>
      <input id={id} type="radio" name={name} checked={checked} onChange={onChange} aria-describedby={`${id}-about`} />
      <label htmlFor={id}>{children}</label>
      <span id={`${id}-about`}>{about}</span>
    </div>
  );
}

const PERMS = [
  { bit: Perms.READ, name: 'read' },
  { bit: Perms.WRITE, name: 'write' },
  { bit: Perms.CREATE, name: 'create' },
  { bit: Perms.DELETE, name: 'delete' },
  { bit: Perms.ADMIN, name: 'admin' },
] as const;

function OwnEntry({ entry, onChange }: { entry: AclEntryJson; onChange: (entry: AclEntryJson) => void }) {
  const { t } = useTranslation('explorer');
  return (
    <div className={styles.entry}>
      <div className={styles.inline}>
        <TextField
          label={t('acl.scheme')}
          mono
          value={entry.scheme}
          onChange={(scheme) => onChange({ ...entry, scheme })}
        />
        <TextField
          label={t('acl.id')}
          mono
          value={entry.id}
          placeholder={entry.scheme === 'digest' ? 'user:base64(sha1)' : ''}
          onChange={(id) => onChange({ ...entry, id })}
        />
      </div>
      <fieldset className={styles.perms}>
        <legend className="visually-hidden">{t('acl.permissions')}</legend>
        {PERMS.map(({ bit, name }) => (
          <Checkbox
            key={name}
            label={t(`acl.perms.${name}`)}
            checked={(entry.perms & bit) !== 0}
            onChange={(on) => onChange({ ...entry, perms: on ? entry.perms | bit : entry.perms & ~bit })}
          />
        ))}
      </fieldset>
    </div>
  );
}

/** The longest time to live: 40 bits of ms (Java `EphemeralType.TTL.maxValue`). */
const MAX_TTL_MS = 2 ** 40 - 1;

function modeOf(life: Life, sequential: boolean): CreateModeJson {
  if (life === 'container') return 'container';
  if (life === 'ephemeral') return sequential ? 'ephemeralSequential' : 'ephemeral';
  if (life === 'ttl') return sequential ? 'persistentSequentialTtl' : 'persistentTtl';
  return sequential ? 'persistentSequential' : 'persistent';
}

function aclOf(choice: AclChoice, entry: AclEntryJson): AclEntryJson[] {
  if (choice === 'own') return [entry];
  return [{ scheme: 'world', id: 'anyone', perms: choice === 'open' ? Perms.ALL : Perms.READ }];
}
