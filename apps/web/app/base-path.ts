/** The path that the page lives below, without a slash at its end: empty at the root. The server tells it in `<base>`. */
export function basePath(): string {
  const base = document.querySelector('base')?.getAttribute('href') ?? '/';
  return new URL(base, location.origin).pathname.replace(/\/+$/, '');
}
