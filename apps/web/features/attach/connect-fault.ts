/** What is wrong with a connect string as far as it is typed, before anybody is asked. */
export type ConnectFault = 'server' | 'port' | 'chroot';

/** Null where nothing is wrong, or nothing is typed; the server looks closer. */
export function connectFault(text: string): { readonly fault: ConnectFault; readonly part: string } | null {
  const trimmed = text.trim();
  const slash = trimmed.indexOf('/');
  const list = slash < 0 ? trimmed : trimmed.slice(0, slash);
  const chroot = slash < 0 ? '' : trimmed.slice(slash);
  for (const item of list.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const match = /^(?:\[[0-9A-Fa-f:.%\w]+\]|[^\s:[\]]+)(?::([^:]*))?$/.exec(item);
    if (match === null) return { fault: 'server', part: item };
    const port = match[1];
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
      return { fault: 'port', part: item };
    }
  }
  if (/\/\/|\/\.{1,2}(?:\/|$)|.\/$/.test(chroot)) return { fault: 'chroot', part: chroot };
  return null;
}

/** Whether every server is on this machine, so that nothing in production can be written to by accident. */
export function isLoopbackOnly(text: string): boolean {
  const list = text.trim().split('/')[0] ?? '';
  const hosts = list
    .split(',')
    .map((item) =>
      item
        .trim()
        .replace(/:\d*$/, '')
        .replace(/^\[|\]$/g, ''),
    )
    .filter((host) => host !== '');
  return (
    hosts.length > 0 &&
    hosts.every((host) => /^127\.\d+\.\d+\.\d+$/.test(host) || host === '::1' || host === 'localhost')
  );
}
