import { ConnectStringError, parseConnectString } from '@vivarium/client/connect-string';

/** What is wrong with a connect string, to stand behind its name; null where nothing is. */
export function connectFault(text: string): string | null {
  try {
    parseConnectString(text);
    return null;
  } catch (error) {
    if (!(error instanceof ConnectStringError)) throw error;
    const part = JSON.stringify(error.part);
    switch (error.fault) {
      case 'noServer':
        return 'names no server: it has the form host:port,host:port/chroot';
      case 'badServer':
        return `has ${part}, which is no server: it has the form host:port, IPv6 addresses in brackets`;
      case 'badPort':
        return `has ${part}, whose port is no number from 1 to 65535`;
      case 'badChroot':
        return `ends with ${part}, which is no path of a znode`;
    }
  }
}
