/** The player of this page, as React sees it. */
import { create } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { FeedConnection } from './connection.ts';
import type { PlayerControls, PlayerHistory, PlayerView } from './player.ts';
import { PlayerEngine } from './player-engine.ts';

/** The least time between two renders that only passing time asks for: numbers that change faster cannot be read. */
const RENDER_EVERY_MS = 66;

let isStale = false;
let isUrgent = false;
let lastRenderMs = 0;

const engine = new PlayerEngine(() => {
  isStale = true;
});

const useStore = create<PlayerView>(() => engine.view());

const clusterListeners = new Set<() => void>();
const refreshListeners = new Set<(paths: readonly string[]) => void>();

const connection = new FeedConnection({
  connection: (state) => engine.connectionChanged(state),
  snapshot: (message) => engine.snapshot(message),
  batch: (message) => engine.batch(message),
  info: (info) => engine.infoChanged(info),
  viewerSession: (session) => engine.viewerSessionChanged(session),
  refresh: (paths) => {
    for (const listener of refreshListeners) listener(paths);
  },
  clusters: () => {
    for (const listener of clusterListeners) listener();
  },
  refused: (error) => engine.refused(error),
});

type FrameListener = (view: PlayerView) => void;
const frameListeners = new Set<FrameListener>();

/** What the person does is seen at once; what only happens waits for the next render. */
function urgent<Args extends unknown[]>(action: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    isUrgent = true;
    action(...args);
  };
}

/** The time bar's controls. */
export const controls: PlayerControls = {
  pause: urgent(() => engine.pause()),
  play: urgent(() => engine.play()),
  goLive: urgent(() => engine.goLive()),
  seek: urgent((atMs: number) => engine.seek(atMs)),
  seekToEvent: urgent((n: number) => engine.seekToEvent(n)),
  step: urgent((direction: 1 | -1) => engine.step(direction)),
  setSpeed: urgent((speed: number) => engine.setSpeed(speed)),
  setAutoReplay: urgent((on: boolean) => engine.setAutoReplay(on)),
  allowReplay: urgent((allowed: boolean) => engine.allowReplay(allowed)),
};

/** Messages and events at any instant. */
export const history: PlayerHistory = engine;

/** Part of what is shown; the component renders again when the part is another one (compared one level deep). */
export function usePlayer<T>(selector: (view: PlayerView) => T): T {
  return useStore(useShallow(selector));
}

/** The view as it was last rendered, for what is no component. */
export function currentView(): PlayerView {
  return useStore.getState();
}

/** Shows a cluster; what the last one had is forgotten. */
export function showCluster(cluster: string): void {
  engine.reset(cluster);
  connection.show(cluster);
}

/** Tells the server which znodes are open on the screen; it then tells what happens to them. */
export function setOpenPaths(paths: readonly string[]): void {
  connection.open(paths);
}

/** Calls with open paths of which what was read may be old, though no event tells of a change. */
export function followRefresh(listener: (paths: readonly string[]) => void): () => void {
  refreshListeners.add(listener);
  return () => refreshListeners.delete(listener);
}

/** Calls when a cluster has come or gone. */
export function onClustersChanged(listener: () => void): () => void {
  clusterListeners.add(listener);
  return () => clusterListeners.delete(listener);
}

/** Calls at each frame with the instant of that frame; the state in it is only good until the next one. */
export function onFrame(listener: FrameListener): () => void {
  frameListeners.add(listener);
  return () => frameListeners.delete(listener);
}

function frame(nowMs: number): void {
  requestAnimationFrame(frame);
  if (engine.frame(nowMs)) isStale = true;
  if (isStale && (isUrgent || nowMs - lastRenderMs >= RENDER_EVERY_MS)) {
    isStale = false;
    isUrgent = false;
    lastRenderMs = nowMs;
    useStore.setState(engine.view(), true);
  }
  if (frameListeners.size === 0) return;
  const view = engine.frameView();
  for (const listener of frameListeners) listener(view);
}

requestAnimationFrame(frame);
