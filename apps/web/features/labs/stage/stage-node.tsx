import type { NodePicture, ProtocolInfo, StepRecord } from '@vivarium/labs/history';
import type { NodeSpec } from '@vivarium/labs/protocol';
import type { HexString } from '@vivarium/shared/cluster-event';
import { memo } from 'react';
import { lab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { type CardStyle, cardContent } from './card-rows.ts';
import styles from './lab-stage.module.css';
import { NodeCard } from './node-card.tsx';
import { NodeMenu } from './node-menu.tsx';
import type { Rect } from './place.ts';

export interface StageNodeProps {
  readonly spec: NodeSpec;
  readonly node: NodePicture;
  /** One step earlier; null where there is none. */
  readonly before: NodePicture | null;
  readonly style: CardStyle;
  readonly rect: Rect;
  readonly protocol: ProtocolInfo;
  readonly columns: readonly HexString[];
  readonly records: readonly StepRecord[];
  readonly isSelected: boolean;
  readonly isActing: boolean;
}

/** A node's card, which is the button of its menu. Most steps change one node: the others are not drawn again. */
export const StageNode = memo(function StageNode(props: StageNodeProps) {
  const { spec, node, before, style, rect, protocol, columns, records, isSelected, isActing } = props;
  const say = useSay();
  return (
    <NodeMenu
      node={spec.id}
      trigger={
        // biome-ignore lint/a11y/useSemanticElements: a drawing has no element for it
        <g
          className={styles.trigger}
          role="button"
          tabIndex={0}
          onClick={() => lab.select({ kind: 'node', id: spec.id })}
        >
          <NodeCard
            spec={spec}
            node={node}
            content={cardContent(node, before ?? node, style, protocol, say)}
            style={style}
            rect={rect}
            protocol={protocol}
            columns={columns}
            records={records}
            isSelected={isSelected}
            isActing={isActing}
          />
          <rect
            className={styles.ring}
            x={rect.x - 3}
            y={rect.y - 3}
            width={rect.width + 6}
            height={rect.height + 6}
            rx={6}
          />
        </g>
      }
    />
  );
});
