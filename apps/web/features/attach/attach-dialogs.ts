/** Which dialog about attached clusters is open; anything in the frame may open one. */
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { create } from 'zustand';

export type AttachDialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove'; readonly cluster: ClusterInfo }
  /** Changes are to be allowed. */
  | { readonly kind: 'allow'; readonly cluster: ClusterInfo };

const store = create<{ readonly dialog: AttachDialog | null }>(() => ({ dialog: null }));

export function openAttachDialog(dialog: AttachDialog): void {
  store.setState({ dialog });
}

export function closeAttachDialog(): void {
  store.setState({ dialog: null });
}

export function useAttachDialog(): AttachDialog | null {
  return store(({ dialog }) => dialog);
}
