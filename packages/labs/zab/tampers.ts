/** What a traitor on the wire could make of a message: ZAB has nothing against it, since it assumes that servers only crash. */
import { counterOf, epochOf, makeZxid, type Zxid } from '@vivarium/shared/zxid';
import { PacketType } from '@vivarium/wire/quorum-packet';
import type { Offer } from '../protocol.ts';
import { term } from '../text.ts';
import type { ZabMessage } from './messages.ts';
import { notificationTerm, packetTerm } from './terms.ts';

type Forgery = Offer & { readonly message: ZabMessage };

export function zabTampers(message: ZabMessage): readonly Forgery[] {
  switch (message.kind) {
    case 'notification': {
      const { notification } = message;
      if (notification.leader < 0n) return [];
      const forge = (id: string, change: Partial<typeof notification>): Forgery => {
        const forged = { ...notification, ...change };
        return { id, text: term(notificationTerm(forged)), message: { kind: 'notification', notification: forged } };
      };
      return [
        forge('zxid+100', { zxid: notification.zxid + 100n }),
        forge('epoch+1', { peerEpoch: notification.peerEpoch + 1n }),
      ];
    }
    case 'packets': {
      const [first, ...rest] = message.packets;
      if (first === undefined) return [];
      const forge = (id: string, zxid: Zxid): Forgery => {
        const forged = { ...first, zxid };
        return { id, text: term(packetTerm(forged)), message: { ...message, packets: [forged, ...rest] } };
      };
      switch (first.type) {
        case PacketType.COMMIT:
        case PacketType.ACK:
        case PacketType.TRUNC:
          return [
            forge('zxid+1', first.zxid + 1n),
            ...(counterOf(first.zxid) > 1 ? [forge('zxid-1', first.zxid - 1n)] : []),
          ];
        case PacketType.LEADERINFO:
          return [forge('epoch+1', makeZxid(epochOf(first.zxid) + 1, 0))];
        case PacketType.ACKEPOCH:
          return [forge('zxid+1', first.zxid + 1n)];
        default:
          return [];
      }
    }
    default:
      return [];
  }
}
