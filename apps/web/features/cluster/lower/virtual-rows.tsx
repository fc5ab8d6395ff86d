import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useSyncExternalStore } from 'react';
import styles from './lower.module.css';

const COARSE = '(pointer: coarse)';

/** The height of a dense row in px: `--row-dense`, which is larger for fingers. */
export function useRowHeight(): number {
  const coarse = useSyncExternalStore(
    (changed) => {
      const query = matchMedia(COARSE);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => matchMedia(COARSE).matches,
  );
  return coarse ? 40 : 22;
}

/** The rows of a long table that can be seen, between two empty ones that are as high as all the others. */
export function VirtualRows<Row>(props: {
  /** Null until it is there. */
  readonly scroller: HTMLElement | null;
  readonly rows: readonly Row[];
  /** A `tr` of the height of a dense row. */
  readonly children: (row: Row, index: number) => ReactNode;
}) {
  const { scroller, rows, children } = props;
  const rowHeight = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <tbody>
      {before > 0 && <Space height={before} />}
      {items.map(({ index }) => {
        const row = rows[index];
        return row === undefined ? null : children(row, index);
      })}
      {after > 0 && <Space height={after} />}
    </tbody>
  );
}

function Space({ height }: { readonly height: number }) {
  return (
    <tr>
      <td className={styles.space} style={{ height }} />
    </tr>
  );
}
