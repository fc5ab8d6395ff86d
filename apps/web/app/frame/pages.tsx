import { FlaskConical, FolderTree, History, Waypoints } from 'lucide-react';
import { type ComponentType, lazy } from 'react';
import type { Page } from '../location.ts';

interface PageEntry {
  readonly page: Page;
  /** The key of its name in `frame`. */
  readonly name: 'pages.cluster' | 'pages.explorer' | 'pages.transactions' | 'pages.labs';
  readonly Icon: ComponentType<{ size?: number; strokeWidth?: number }>;
  /** Loaded when it is first opened. */
  readonly View: ComponentType;
}

/** The finished pages, in the order of the rail. */
export const pageEntries: readonly PageEntry[] = [
  {
    page: 'cluster',
    name: 'pages.cluster',
    Icon: Waypoints,
    View: lazy(async () => ({ default: (await import('../../features/cluster/cluster-page.tsx')).ClusterPage })),
  },
  {
    page: 'explorer',
    name: 'pages.explorer',
    Icon: FolderTree,
    View: lazy(async () => ({ default: (await import('../../features/explorer/explorer-page.tsx')).ExplorerPage })),
  },
  {
    page: 'transactions',
    name: 'pages.transactions',
    Icon: History,
    View: lazy(async () => ({
      default: (await import('../../features/transactions/transactions-page.tsx')).TransactionsPage,
    })),
  },
  {
    page: 'labs',
    name: 'pages.labs',
    Icon: FlaskConical,
    View: lazy(async () => ({
      default: (await import('../../features/labs/labs-in-application.tsx')).LabsInApplication,
    })),
  },
];
