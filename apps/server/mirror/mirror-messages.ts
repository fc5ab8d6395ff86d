/** What is said to the thread that mirrors a cluster, and what it says. */
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import type { Acl, Id } from '@vivarium/shared/acl';
import type { SearchJson, SubtreeJson } from '@vivarium/shared/contract/mirror';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { Stat } from '@vivarium/shared/stat';
import type { Zxid } from '@vivarium/shared/zxid';
import type { TransactionBatch } from '../transactions/committed-transaction.ts';
import type { Page } from '../znodes/page.ts';

/** Of the ports between servers: files in PEM. `serverName`: whom the certificate must be for, if not the host dialled. */
export interface MirrorTls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly serverName: string | null;
}

export interface MirrorOptions {
  readonly members: readonly AttachedMember[];
  /** Null: the ports between servers speak plainly. */
  readonly tls: MirrorTls | null;
  /** The path of the cluster that is the root of what is shown; empty or `/`: all of it. */
  readonly root: string;
  /** Above so many bytes of data only the structure is kept. */
  readonly maxBytes: number;
  /** Above so many znodes there is no mirror. */
  readonly maxZnodes: number;
  /** Who the credentials in use say that we are. What these may not read is not shown. */
  readonly identities: readonly Id[];
}

/** How the mirror stands. It is told when it changes, numbers once a second. */
export interface MirrorState {
  readonly link:
    | { readonly kind: 'looking' }
    | { readonly kind: 'connecting'; readonly leader: number }
    | { readonly kind: 'synchronising'; readonly leader: number }
    | { readonly kind: 'following'; readonly leader: number; readonly epoch: number };
  /** `loading`: there is no whole tree yet, or its index is being made. `structureOnly`: data were dropped for their size. */
  readonly content: 'loading' | 'complete' | 'structureOnly';
  readonly znodes: number;
  /** Of data. */
  readonly bytes: number;
  /** Of the last transaction applied. */
  readonly zxid: Zxid;
}

/** The tree's digest at a zxid; null where there is none: bodies are dropped. */
export interface MirrorDigest {
  readonly zxid: Zxid;
  readonly digest: bigint | null;
}

/** What is near a limit of the cluster, the largest first. */
export interface MirrorExtremes {
  /** Child lists, by the bytes of an answer to getChildren. */
  readonly childLists: readonly { readonly path: string; readonly children: number; readonly bytes: number }[];
  readonly data: readonly { readonly path: string; readonly bytes: number }[];
  /** Subtrees with a quota: what is there, and the limits; null: none. */
  readonly quotas: readonly {
    readonly path: string;
    readonly count: number;
    readonly bytes: number;
    readonly countLimit: number | null;
    readonly bytesLimit: number | null;
  }[];
}

export interface MirroredZnode {
  /** Null where the znode has none. */
  readonly data: Uint8Array | null;
  readonly stat: Stat;
  /** Without hashes of passwords, unless the identities may administer the znode. */
  readonly acl: readonly Acl[];
}

/** One page of the sorted names. A child's Stat is null where it was not asked for or may not be read. */
export interface MirroredChildren {
  readonly stat: Stat;
  readonly total: number;
  readonly children: readonly { readonly name: string; readonly stat: Stat | null }[];
}

export interface MirrorSearch {
  readonly text: string;
  readonly in: 'name' | 'pattern' | 'content';
  readonly below: string;
  readonly limit: number;
}

export interface MirrorSubtree {
  readonly path: string;
  readonly by: 'bytes' | 'znodes' | 'writes';
  readonly depth: number;
  readonly limit: number;
}

/** Questions by name, with what is answered. */
export interface MirrorQuestions {
  search: { readonly asked: MirrorSearch; readonly answered: SearchJson };
  subtree: { readonly asked: MirrorSubtree; readonly answered: SubtreeJson };
  read: { readonly asked: { readonly path: string }; readonly answered: MirroredZnode };
  children: { readonly asked: { readonly path: string; readonly page: Page }; readonly answered: MirroredChildren };
  digest: { readonly asked: null; readonly answered: MirrorDigest };
  extremes: { readonly asked: null; readonly answered: MirrorExtremes };
  /** Which of the znodes may be read; null for one that is not there. */
  mayRead: { readonly asked: { readonly paths: readonly string[] }; readonly answered: readonly (boolean | null)[] };
}
export type MirrorQuestion = {
  [Kind in keyof MirrorQuestions]: { readonly kind: Kind; readonly asked: MirrorQuestions[Kind]['asked'] };
}[keyof MirrorQuestions];
export type MirrorAnswered = MirrorQuestions[keyof MirrorQuestions]['answered'];

/** `bodyDropped`: the znode's data are not kept here. `empty`: there is no tree yet. `busy`: too many searches at once. */
export type MirrorFault = 'noNode' | 'noAuth' | 'bodyDropped' | 'empty' | 'busy';

export type MirrorCommand =
  | { readonly kind: 'ask'; readonly id: number; readonly question: MirrorQuestion }
  | { readonly kind: 'setMembers'; readonly members: readonly AttachedMember[] }
  | { readonly kind: 'setIdentities'; readonly identities: readonly Id[] }
  /** A batch of transactions was taken. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'close' };

export type MirrorReport =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: MirrorAnswered }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: MirrorFault }
  | { readonly kind: 'state'; readonly state: MirrorState }
  | { readonly kind: 'transactions'; readonly batch: TransactionBatch }
  /** `sid`: the server that it is about; null: all of them. */
  | { readonly kind: 'failed'; readonly sid: number | null; readonly reason: WayReason }
  | { readonly kind: 'closed' };
