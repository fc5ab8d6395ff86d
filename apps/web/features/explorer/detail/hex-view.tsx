import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { hexLine, hexLineCount } from '../data/hex.ts';
import styles from './hex-view.module.css';

const LINE_PX = 20;

/** Bytes as offset, hex and ASCII; only the lines in view exist. */
export function HexView({ bytes }: { readonly bytes: Uint8Array }) {
  const { t } = useTranslation('explorer');
  const scroll = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: hexLineCount(bytes),
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <section ref={scroll} className={styles.scroll} aria-label={t('data.hexLabel')} tabIndex={0}>
      <div className={styles.lines} style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {virtualizer.getVirtualItems().map((item) => {
          const { offset, hex, ascii } = hexLine(bytes, item.index);
          return (
            <div key={item.index} className={styles.line} style={{ transform: `translateY(${item.start}px)` }}>
              <span className={styles.offset}>{offset}</span>
              <span>{hex[0]}</span>
              <span>{hex[1]}</span>
              <span className={styles.ascii}>{ascii}</span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
