/** The elements that messages are drawn with: made once, used again, moved without rendering. */
import { messageKind, messagePath } from '../../../viz/message-shape.ts';
import { type Role, roleColour } from '../../../viz/roles.ts';
import type { Point } from './ring-layout.ts';

/** More are not drawn at once; links with so many show a counter. */
const MAX_DRAWN = 240;

/** A message at its place. */
export interface DrawnMessage {
  readonly packet: string;
  readonly at: Point;
  /** Where it comes from, for the tail of a notification. */
  readonly along: Point;
  readonly role: Role;
  readonly isSelected: boolean;
  /** Beside it; null for none. */
  readonly label: { readonly text: string; readonly at: Point; readonly anchor: 'start' | 'middle' | 'end' } | null;
}

interface Slot {
  readonly group: SVGGElement;
  readonly shape: SVGPathElement;
  readonly tail: SVGPathElement;
  readonly frame: SVGRectElement;
  readonly label: SVGTextElement;
  /** What the slot is dressed for, so that only a change is written. */
  look: string;
}

export class MessagePool {
  private readonly parent: SVGGElement;
  private readonly labelClass: string;
  private readonly slots: Slot[] = [];
  private used = 0;

  constructor(parent: SVGGElement, labelClass: string) {
    this.parent = parent;
    this.labelClass = labelClass;
  }

  /** Draws these messages, and no other ones any more. */
  draw(messages: readonly DrawnMessage[], sizePx: number): void {
    const count = Math.min(messages.length, MAX_DRAWN);
    for (let i = 0; i < count; i++) {
      const message = messages[i];
      if (message !== undefined) this.dress(this.slot(i), message, sizePx);
    }
    for (let i = count; i < this.used; i++) this.slots[i]?.group.setAttribute('display', 'none');
    this.used = count;
  }

  private slot(index: number): Slot {
    const existing = this.slots[index];
    if (existing !== undefined) {
      if (index >= this.used) existing.group.removeAttribute('display');
      return existing;
    }
    const group = element('g');
    const slot: Slot = {
      group,
      tail: element('path'),
      frame: element('rect'),
      shape: element('path'),
      label: element('text'),
      look: '',
    };
    slot.label.setAttribute('class', this.labelClass);
    slot.shape.setAttribute('stroke-width', '1.75');
    slot.tail.setAttribute('stroke-width', '2');
    slot.frame.setAttribute('fill', 'none');
    slot.frame.setAttribute('stroke', 'var(--accent)');
    slot.frame.setAttribute('stroke-width', '1.5');
    slot.frame.setAttribute('rx', '3');
    group.append(slot.tail, slot.frame, slot.shape, slot.label);
    this.parent.append(group);
    this.slots.push(slot);
    return slot;
  }

  private dress(slot: Slot, message: DrawnMessage, sizePx: number): void {
    const { packet, at, along, role, isSelected, label } = message;
    const kind = messageKind(packet);
    slot.group.setAttribute('transform', `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`);
    const look = `${kind} ${role} ${isSelected} ${sizePx}`;
    if (look !== slot.look) {
      slot.look = look;
      const colour = kind === 'ping' ? 'var(--line-3)' : roleColour(role);
      const { d, filled } = messagePath(kind, kind === 'notification' ? sizePx * 0.85 : sizePx);
      slot.shape.setAttribute('d', d);
      slot.shape.setAttribute('fill', filled ? colour : 'var(--bg-surface)');
      slot.shape.setAttribute('stroke', filled ? 'none' : colour);
      slot.tail.setAttribute('stroke', colour);
      const half = sizePx / 2 + 3.5;
      for (const [name, value] of Object.entries({ x: -half, y: -half, width: 2 * half, height: 2 * half })) {
        slot.frame.setAttribute(name, String(value));
      }
      slot.label.toggleAttribute('data-selected', isSelected);
      show(slot.frame, isSelected);
      show(slot.tail, kind === 'notification');
    }
    if (kind === 'notification') {
      const tail = sizePx * 2.2;
      slot.tail.setAttribute('d', `M0 0L${(-along.x * tail).toFixed(1)} ${(-along.y * tail).toFixed(1)}`);
    }
    if (slot.label.textContent !== (label?.text ?? '')) slot.label.textContent = label?.text ?? '';
    if (label !== null) {
      slot.label.setAttribute('x', label.at.x.toFixed(1));
      slot.label.setAttribute('y', label.at.y.toFixed(1));
      slot.label.setAttribute('text-anchor', label.anchor);
    }
  }
}

function show(shape: SVGElement, isShown: boolean): void {
  if (isShown) shape.removeAttribute('display');
  else shape.setAttribute('display', 'none');
}

function element<Name extends 'g' | 'path' | 'rect' | 'text'>(name: Name): SVGElementTagNameMap[Name] {
  return document.createElementNS('http://www.w3.org/2000/svg', name);
}
