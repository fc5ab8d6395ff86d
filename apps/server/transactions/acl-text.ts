import type { Acl } from '@vivarium/shared/acl';

const encoder = new TextEncoder();
const LETTERS = ['r', 'w', 'c', 'd', 'a'];

/**
 * A list as `before` and `after` of an `aclChanged` have it: `scheme:id:perms` a line, permissions in the letters of
 * `zkCli.sh`. Secrets are the caller's to mask first (`maskedAcl`).
 */
export function aclText(acl: readonly Acl[]): Uint8Array {
  const lines = acl.map(({ perms, id }) => {
    const letters = LETTERS.filter((_, bit) => (perms & (1 << bit)) !== 0);
    return `${id.scheme}:${id.id}:${letters.join('')}\n`;
  });
  return encoder.encode(lines.join(''));
}
