import { useTranslation } from 'react-i18next';
import styles from './marks.module.css';
import { type Role, roleColour } from './roles.ts';

/** From this size on a mark has its finer drawing and room for the server's number. */
const NUMBERED_PX = 16;

function Shape({ role, fine }: { role: Role; fine: boolean }) {
  const colour = roleColour(role);
  switch (role) {
    case 'leader':
      return fine ? (
        <>
          <rect x={0.75} y={0.75} width={20.5} height={20.5} fill="none" stroke={colour} strokeWidth={1.25} />
          <rect x={3.2} y={3.2} width={15.6} height={15.6} fill={colour} />
        </>
      ) : (
        <rect x={2} y={2} width={18} height={18} fill={colour} />
      );
    case 'follower':
      return <circle cx={11} cy={11} r={fine ? 9.6 : 10} fill={colour} />;
    case 'observer':
      return <path d="M11 0 22 11 11 22 0 11Z" fill={colour} />;
    case 'looking':
      return (
        <circle
          cx={11}
          cy={11}
          r={fine ? 9.4 : 8.6}
          fill="none"
          stroke={colour}
          strokeWidth={fine ? 2 : 3.4}
          strokeDasharray={fine ? '5.2 2.18' : '8.4 5.1'}
        />
      );
    case 'down':
      return (
        <path
          d="M2.5 2.5 19.5 19.5M19.5 2.5 2.5 19.5"
          stroke={colour}
          strokeWidth={fine ? 2 : 3.2}
          strokeLinecap="square"
        />
      );
    case 'unknown':
      return <circle cx={11} cy={11} r={9.4} fill="none" stroke={colour} strokeWidth={fine ? 1.25 : 2} />;
  }
}

export interface RoleShapeProps {
  readonly role: Role;
  /** Inside the mark where it has room; without it the bare shape. */
  readonly sid?: number | string | undefined;
  /** In pixels. */
  readonly size?: number;
}

/** The mark of a role as part of a drawing: an SVG group with its corner at the origin. */
export function RoleShape({ role, sid, size = 12 }: RoleShapeProps) {
  const fine = size >= NUMBERED_PX;
  const ink = role === 'looking' || role === 'unknown' ? 'var(--ink-1)' : 'var(--on-role)';
  return (
    <g transform={`scale(${size / 22})`}>
      <Shape role={role} fine={fine} />
      {sid !== undefined && fine && (
        <text
          className={role === 'down' ? styles.numberOnCross : styles.number}
          x={11}
          y={15.3}
          style={{ fill: role === 'down' ? 'var(--ink-2)' : ink }}
        >
          {sid}
        </text>
      )}
    </g>
  );
}

/** The mark of a role in running text and tables: shape and colour, the server's number inside where there is room. */
export function RoleMark({ role, sid, size = 12 }: RoleShapeProps) {
  const { t } = useTranslation('cluster');
  const word = t(`role.${role}`);
  return (
    <svg
      className={styles.mark}
      width={size}
      height={size}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={sid === undefined ? word : t('serverWithRole', { sid, role: word })}
    >
      <RoleShape role={role} sid={sid} size={size} />
    </svg>
  );
}
