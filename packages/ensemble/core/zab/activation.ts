import { decodeUtf8 } from '@vivarium/shared/utf8';
import { OpCode } from '@vivarium/wire/op-code';
import type { TxnRecord } from '@vivarium/wire/txn';
import { type Configuration, parseConfiguration } from '../membership/configuration.ts';
import { ProtocolError } from '../role.ts';

/** The configuration that a transaction makes; null where it is no reconfiguration. Throws `ProtocolError` where it makes no sense. */
export function configurationIn({ txn }: TxnRecord): Configuration | null {
  return txn.type === OpCode.reconfig ? configurationFrom(txn.data) : null;
}

/** A configuration as servers send it. Throws `ProtocolError` where it is none. */
export function configurationFrom(data: Uint8Array | null): Configuration {
  const parsed = parseConfiguration(decodeUtf8(data ?? new Uint8Array(0)));
  if (!parsed.ok) throw new ProtocolError(`a configuration that cannot be read: ${parsed.fault}`);
  return parsed.configuration;
}
