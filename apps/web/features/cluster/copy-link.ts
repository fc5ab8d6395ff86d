/** The address that opens the same picture at another person's: with the instant, where the time stands, and without the token. */
export function linkToHere(instant: number | null): string {
  const url = new URL(location.href);
  url.searchParams.delete('token');
  if (instant !== null) url.searchParams.set('at', String(instant));
  return url.href;
}
