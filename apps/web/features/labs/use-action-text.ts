import type { FlightPicture } from '@vivarium/labs/history';
import type { Action, MessageId } from '@vivarium/simulation/stepped/journal';
import { useTranslation } from 'react-i18next';
import type { Branch } from './branch.ts';
import { useLab } from './lab-store.ts';
import { useSay } from './use-say.ts';

/** What was done, in a few words: `Promise(2) A2 → P2 dropped`. The branch is one in which it was done, at its fork. */
export function useActionText(): (action: Action, branch: Branch) => string {
  const { t } = useTranslation('labs');
  const say = useSay();
  const protocol = useLab((lab) => lab.protocol);
  return (action, branch) => {
    const flight = (id: MessageId): FlightPicture | undefined => branch.pictureAt(branch.forkedAt).inFlight[id];
    const message = (id: MessageId) => {
      const found = flight(id);
      return found === undefined ? `#${id}` : t('action.message', { label: found.label, from: found.from, to: found.to });
    };
    switch (action.do) {
      case 'deliver':
      case 'drop':
      case 'duplicate':
      case 'delay':
      case 'hold':
      case 'letGo':
      case 'tamper':
        return t(`action.${action.do}`, { message: message(action.message) });
      case 'crash':
      case 'restart':
      case 'pause':
      case 'resume':
      case 'wipe':
        return t(`action.${action.do}`, { node: action.node });
      case 'cut':
      case 'heal':
        return t(`action.${action.do}`, { from: action.from, to: action.to });
      case 'split':
        return t('action.split', { groups: action.groups.map((group) => group.join(' ')).join(' | ') });
      case 'healAll':
        return t('action.healAll');
      case 'fire': {
        const name = protocol.timers[action.timer];
        return t('action.fire', { node: action.node, timer: name === undefined ? action.timer : say(name) });
      }
      case 'command': {
        const name = protocol.words[action.command];
        return t('action.command', { node: action.node, command: name === undefined ? action.command : say(name) });
      }
    }
  };
}
