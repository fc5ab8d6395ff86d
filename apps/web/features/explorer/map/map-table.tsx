import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../../components/data-table.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { figureText, nameOfCell } from './cell-text.ts';
import type { Measure } from './icicle.ts';
import styles from './map.module.css';

/** One child of the znode that the map is of, with all below it; without a path: those that are not listed, together. */
interface Line {
  readonly path: string | null;
  readonly name: string;
  readonly children: number;
  readonly znodes: number;
  readonly bytes: number;
  readonly writes: number;
}

/** The same sizes as figures: the children of one znode, the largest first. */
export function MapTable({
  map,
  by,
  selected,
  onGo,
}: {
  readonly map: SubtreeJson;
  readonly by: Measure;
  readonly selected: string;
  readonly onGo: (path: string) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const children: Line[] = map.children.map((child) => ({ ...child, children: child.children.length }));
  children.sort((a, b) => b[by] - a[by]);
  const lines = map.rest === null ? children : [...children, { ...map.rest, path: null, name: '' }];
  const figure = (measure: Measure): Column<Line> => ({
    key: measure,
    head: t(`map.by.${measure}`),
    align: 'end',
    cell: (line) => figureText(line[measure], measure, language),
  });
  return (
    <div className={styles.table}>
      <DataTable
        label={t('map.title', { path: map.path })}
        columns={[
          {
            key: 'name',
            head: t('map.name'),
            cell: (line) => (
              <span className={styles.tableName}>
                {nameOfCell({ ...line, kind: line.path === null ? 'rest' : 'znode' }, t, language)}
              </span>
            ),
          },
          figure('bytes'),
          figure('znodes'),
          figure('writes'),
        ]}
        rows={lines}
        rowKey={(line) => line.path ?? ''}
        selectedKey={selected}
        isQuiet={(line) => line.path === null}
        onSelect={(line) => onGo(line.path ?? map.path)}
        sticky
      />
    </div>
  );
}
