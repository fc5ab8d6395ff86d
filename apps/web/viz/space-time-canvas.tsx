import { useEffect, useRef } from 'react';
import styles from './space-time.module.css';
import type { PathGroup } from './space-time-strokes.ts';

/** The same paths on a canvas, for when they hold more marks than SVG draws at each frame. */
export function SpaceTimeCanvas({
  groups,
  width,
  height,
  left,
}: {
  readonly groups: readonly PathGroup[];
  readonly width: number;
  readonly height: number;
  /** Nothing is drawn left of it. */
  readonly left: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    context.rect(left, 0, width - left, height);
    context.clip();
    const colours = colourReader(element);
    for (const { d, fill, stroke, width: lineWidth, dash, opacity } of groups) {
      const path = new Path2D(d);
      context.globalAlpha = opacity;
      if (fill !== null) {
        context.fillStyle = colours(fill);
        context.fill(path);
      }
      if (stroke !== null) {
        context.strokeStyle = colours(stroke);
        context.lineWidth = lineWidth;
        context.lineJoin = 'round';
        context.setLineDash(dash === null ? [] : dash.split(' ').map(Number));
        context.stroke(path);
      }
    }
  });
  return <canvas ref={canvas} className={styles.drawing} style={{ width, height }} />;
}

/** Reads the value of `var(--name)` in the theme of the element. */
function colourReader(element: Element): (colour: string) => string {
  const style = getComputedStyle(element);
  return (colour) => {
    const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
    return name === undefined ? colour : style.getPropertyValue(name).trim();
  };
}
