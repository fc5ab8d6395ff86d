/** Names of certificate holders, which are ids of the scheme `x509` (RFC 2253; Java `X500Principal`). */

/** What Java knows without an OID. */
const KEYWORDS = new Set(
  (
    'CN C L S ST O OU T IP STREET DC DNQUALIFIER DNQ SURNAME GIVENNAME INITIALS GENERATION EMAIL EMAILADDRESS UID ' +
    'SERIALNUMBER'
  ).split(' '),
);

/** An attribute and its value: in quotes, or up to a separator that no backslash escapes. */
const ATTRIBUTE =
  /\s*([A-Za-z]+|(?:OID\.)?\d+(?:\.\d+)+)\s*=\s*("(?:[^"\\]|\\.)*"\s*|(?:[^"\\,;+<>]|\\.)*)([,;+]|$)/suy;

/** Whether the text is a distinguished name. The empty one is. */
export function isDistinguishedName(text: string): boolean {
  if (text === '') return true;
  ATTRIBUTE.lastIndex = 0;
  for (;;) {
    const [, type = '', , separator] = ATTRIBUTE.exec(text) ?? [];
    if (separator === undefined) return false;
    if (/^[A-Za-z]/.test(type) && !type.startsWith('OID.') && !KEYWORDS.has(type.toUpperCase())) return false;
    if (separator === '') return true;
  }
}
