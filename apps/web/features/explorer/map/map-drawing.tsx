import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../../components/class-names.ts';
import { formatCount } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { figuresText, figureText, nameOfCell } from './cell-text.ts';
import { type Cell, type Measure, type Step, shadedBy, shadeOf, stepFrom } from './icicle.ts';
import styles from './map.module.css';

/** From here on there is room for a line of text, and for a second one. */
const NAME_PX = 14;
const VALUE_PX = 30;

const STEPS: Readonly<Record<string, Step>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowRight: 'in',
  ArrowLeft: 'out',
  Home: 'first',
  End: 'last',
};

/** The cells of a map. A click or Enter goes to a znode; once more, or `+`, makes it the whole map, `-` what it is part of. */
export function MapDrawing({
  cells,
  by,
  selected,
  onGo,
  onRoot,
}: {
  readonly cells: readonly Cell[];
  readonly by: Measure;
  /** The path of the znode that is shown beside the map. */
  readonly selected: string;
  readonly onGo: (path: string) => void;
  /** Another znode is the whole map: this one, or with null what the present one is part of. */
  readonly onRoot: (path: string | null) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const id = useId();
  const root = cells[0]?.path ?? '';
  const [place, setPlace] = useState({ root, index: 0 });
  // Another map begins at its first cell.
  const active = place.root === root ? Math.min(place.index, cells.length - 1) : 0;
  const setChosen = (index: number) => setPlace({ root, index });
  const shade = shadedBy(by);
  const columns = Math.max(...cells.map(({ level }) => level)) + 1;
  const largest = Math.max(...cells.slice(1).map((cell) => cell[shade]), 0);

  const choose = (cell: Cell) => {
    if (cell.kind === 'rest') onRoot(cell.path);
    else if (cell.path === selected && cell.children > 0 && cell.level > 0) onRoot(cell.path);
    else onGo(cell.path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const cell = cells[active];
    if (event.ctrlKey || event.metaKey || event.altKey || cell === undefined) return;
    if (step !== undefined) setChosen(stepFrom(cells, active, step));
    else if (event.key === 'Enter' || event.key === ' ') choose(cell);
    else if (event.key === '+') {
      if (cell.children > 0 && cell.level > 0) onRoot(cell.path);
    } else if (event.key === '-' || event.key === 'Backspace') onRoot(null);
    else return;
    event.preventDefault();
    // A key that moves here is no command of the page.
    event.nativeEvent.stopPropagation();
  };
  return (
    <div
      className={styles.cells}
      role="tree"
      tabIndex={0}
      aria-label={t('map.drawing')}
      aria-activedescendant={`${id}-${active}`}
      onKeyDown={onKeyDown}
    >
      {cells.map((cell, index) => {
        const isSelected = cell.kind === 'znode' && cell.path === selected;
        const leads = isSelected || (cell.kind === 'znode' && isAbove(cell.path, selected));
        const name = nameOfCell(cell, t, language);
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the drawing has the focus and its keys choose.
          <div
            key={`${cell.kind} ${cell.path}`}
            id={`${id}-${index}`}
            className={classNames(
              styles.cell,
              index === active && styles.active,
              leads && styles.leads,
              isSelected && styles.selected,
            )}
            role="treeitem"
            tabIndex={-1}
            aria-level={cell.level + 1}
            aria-selected={isSelected}
            title={`${cell.kind === 'znode' ? cell.path : name}\n${figuresText(cell, t, language)}`}
            style={{
              left: `${(cell.level / columns) * 100}%`,
              width: `${100 / columns}%`,
              top: `${cell.top}px`,
              height: `${cell.height}px`,
              background: `var(--heat-${shadeOf(cell[shade], largest)})`,
            }}
            onClick={() => {
              setChosen(index);
              choose(cell);
            }}
          >
            {/* What is seen of it depends on how large it is; what is read out does not. */}
            <span className="visually-hidden">{`${name}: ${figuresText(cell, t, language)}`}</span>
            {cell.height >= NAME_PX && (
              <span aria-hidden className={styles.name}>
                {cell.kind === 'znode' ? name : formatCount(cell.children, language)}
              </span>
            )}
            {cell.height >= VALUE_PX && (
              <span aria-hidden className={styles.value}>
                {cell.kind === 'znode' ? figureText(cell[by], by, language) : t('map.more')}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}

function isAbove(path: string, other: string): boolean {
  return path === '/' || other.startsWith(`${path}/`);
}
