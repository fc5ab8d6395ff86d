/** The commands that tell how the server is configured and what it is to its ensemble (Java `ConfCommand`, `ZabStateCommand`). */
import { counterOf, epochOf, formatHex } from '@vivarium/shared/zxid';
import type { Member } from '../core/io.ts';
import { type Endpoint, parseServerSpec } from '../core/membership/server-spec.ts';
import { hostAndPort } from '../net/address.ts';
import type { JsonObject } from './json.ts';
import type { ServerFacts } from './server-facts.ts';

/** The command `configuration`. */
export function configurationJson(facts: ServerFacts): JsonObject {
  const configuration = facts.configuration();
  const { secureClientPort } = configuration;
  return {
    client_port: configuration.clientPort,
    ...(secureClientPort < 0 ? {} : { secure_client_port: secureClientPort }),
    data_dir: configuration.dataDir,
    data_log_dir: configuration.dataLogDir,
    tick_time: configuration.tickTimeMs,
    max_client_cnxns: configuration.maxClientCnxns,
    min_session_timeout: configuration.minSessionTimeoutMs,
    max_session_timeout: configuration.maxSessionTimeoutMs,
    server_id: configuration.serverId,
    client_port_listen_backlog: configuration.clientPortListenBacklog,
  };
}

/** The command `voting_view`: who votes, and where they listen. */
export function votingView(facts: ServerFacts): JsonObject {
  const { quorum } = facts.configuration();
  if (quorum === null) return { current_config: {} };
  const voters = quorum.configuration.members.filter(({ role }) => role === 'participant');
  const view = voters.map((member) => {
    const addresses = addressesOf(member);
    const client = member.sid === quorum.own.sid ? quorum.clientAddress : (addresses?.client ?? '');
    return [
      String(member.sid),
      {
        server_addresses: addresses === null ? [] : [text(addresses.quorum)],
        election_addresses: addresses === null ? [] : [text(addresses.election)],
        client_address: client,
        learner_type: member.role,
      },
    ];
  });
  return { current_config: Object.fromEntries(view) };
}

/** The command `zabstate`: which part of the protocol the server is in. */
export function zabState(facts: ServerFacts): JsonObject {
  const { quorum } = facts.configuration();
  const { mode, zabPhase, lastZxid } = facts.status();
  const addresses = quorum === null ? null : addressesOf(quorum.own);
  if (quorum === null || addresses === null || mode === null) return { voting: false, zabstate: '' };
  const voters = quorum.configuration.members.filter(({ role }) => role === 'participant');
  return {
    myid: quorum.own.sid,
    is_leader: mode === 'leader',
    quorum_address: addressJson(addresses.quorum),
    election_address: addressJson(addresses.election),
    client_address: quorum.clientAddress,
    voting: voters.some(({ sid }) => sid === quorum.own.sid),
    last_zxid: formatHex(lastZxid),
    zab_epoch: epochOf(lastZxid),
    zab_counter: counterOf(lastZxid),
    zabstate: zabPhase,
  };
}

function addressesOf({ spec }: Member): { quorum: Endpoint; election: Endpoint; client: string } | null {
  const parsed = parseServerSpec(spec);
  if (!parsed.ok) return null;
  const { quorum, election, client } = parsed.spec;
  return { quorum, election, client: client === null ? '' : text(client) };
}

/** Of several addresses there is one, and nobody asks whether it can be reached (Java `MultipleAddresses`). */
function addressJson(endpoint: Endpoint): JsonObject {
  const address = text(endpoint);
  return {
    empty: false,
    all_addresses: [address],
    all_reachable_addresses: [address],
    one: address,
    reachable_address: address,
    wildcard_addresses: [hostAndPort('0.0.0.0', endpoint.port)],
    all_ports: [endpoint.port],
    all_host_strings: [endpoint.host],
    all_reachable_addresses_or_all: [address],
    reachable_or_one: address,
  };
}

function text({ host, port }: Endpoint): string {
  return hostAndPort(host, port);
}
