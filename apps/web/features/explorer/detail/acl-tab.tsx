import { Perms } from '@vivarium/shared/acl';
import type { AclEntryJson } from '@vivarium/shared/contract/rest';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../../components/data-table.tsx';
import { Copyable } from '../../../components/identifiers.tsx';
import styles from './acl-tab.module.css';

const NAMED = [
  { bit: Perms.CREATE, letter: 'c', name: 'create' },
  { bit: Perms.DELETE, letter: 'd', name: 'delete' },
  { bit: Perms.READ, letter: 'r', name: 'read' },
  { bit: Perms.WRITE, letter: 'w', name: 'write' },
  { bit: Perms.ADMIN, letter: 'a', name: 'admin' },
] as const;

const SCHEMES: ReadonlySet<string> = new Set(['world', 'digest', 'ip', 'auth', 'sasl', 'x509', 'super']);

/** The letters of permissions as zkCli prints them: `cdrwa`. */
function permLetters(perms: number): string {
  return NAMED.map(({ bit, letter }) => ((perms & bit) !== 0 ? letter : '')).join('');
}

/** Who may do what with a znode. */
export function AclTab({ acl, version }: { readonly acl: readonly AclEntryJson[]; readonly version: number }) {
  const { t } = useTranslation('explorer');
  const words = (perms: number) =>
    NAMED.filter(({ bit }) => (perms & bit) !== 0)
      .map(({ name }) => t(`acl.perms.${name}`))
      .join(t('acl.comma'));
  const open = acl.some(({ scheme, id, perms }) => scheme === 'world' && id === 'anyone' && perms === Perms.ALL);
  return (
    <div className={styles.tab}>
      <p className={styles.summary}>{t(open ? 'acl.open' : 'acl.closed', { version })}</p>
      <DataTable
        label={t('acl.title')}
        rows={acl.map((entry, index) => ({ ...entry, index }))}
        rowKey={({ index }) => String(index)}
        columns={[
          {
            key: 'scheme',
            head: t('acl.scheme'),
            cell: ({ scheme }) => (
              <span title={t(SCHEMES.has(scheme) ? `acl.schemes.${scheme}` : 'acl.schemes.other')}>{scheme}</span>
            ),
          },
          { key: 'id', head: t('acl.id'), cell: ({ id }) => (id === '' ? '—' : <Copyable value={id} />) },
          {
            key: 'perms',
            head: t('acl.permissions'),
            cell: ({ perms }) => (
              <>
                <code className={styles.letters}>{permLetters(perms) || '—'}</code>
                {perms === 0 ? t('acl.perms.none') : words(perms)}
              </>
            ),
          },
        ]}
      />
      <p className={styles.note}>{t('acl.note')}</p>
    </div>
  );
}
