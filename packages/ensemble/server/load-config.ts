import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigFile } from '../config/config-reader.ts';
import { isSecret, propertyLines } from '../config/properties.ts';
import { dynamicConfigFile, ownServer, parseZooConfig, type ZooConfig } from '../config/zoo-config.ts';
import { type Configuration, parseConfiguration, parseSid } from '../core/membership/configuration.ts';
import type { Endpoint } from '../core/membership/server-spec.ts';
import { proposedFile } from './configuration-files.ts';

/** Why a server cannot start: a line for each reason, with what to do about it. */
export class StartError extends Error {
  override name = 'StartError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/** The configuration of the one server that this process is. */
export interface LoadedConfig {
  readonly config: ZooConfig;
  /** Null for a standalone server, which needs none. */
  readonly sid: number | null;
  /** Where clients are served in plain text; null: by TLS alone. */
  readonly client: Endpoint | null;
  /** The zoo.cfg. */
  readonly zooCfgPath: string;
  /** Its text, without what is secret. */
  readonly initial: string;
  /** A configuration that had been proposed when the server last ran, or null. */
  readonly proposed: Configuration | null;
  readonly warnings: readonly string[];
}

/** Java `EphemeralType.validateServerId`: 0xFF in the top byte of an ephemeral's owner begins the mark of another kind of znode. */
const TTL_SID = 255;

/** Reads zoo.cfg, the file of the servers that it may name, and myid. Throws `StartError`. */
export function loadConfig(zooCfgPath: string): LoadedConfig {
  const zooCfg = readConfigFile(zooCfgPath, 'the argument names the zoo.cfg to start with');
  const dynamicPath = dynamicConfigFile(zooCfg.text);
  const dynamic =
    dynamicPath === null
      ? null
      : readConfigFile(dynamicPath, `dynamicConfigFile in ${zooCfgPath} names it for the servers`);
  const parsed = parseZooConfig(zooCfg, dynamic);
  if (!parsed.ok) throw new StartError(parsed.faults);
  const { config } = parsed;
  const sid = config.standalone ? null : readMyid(config);
  if (sid === TTL_SID && config.extendedTypesEnabled) {
    const reason = `of server ${sid} cannot be told from the mark of a time to live; give it another number`;
    throw new StartError([`${zooCfgPath}: extendedTypesEnabled: the owner of an ephemeral of a session ${reason}`]);
  }
  const own = ownServer(config, sid);
  if ('fault' in own) throw new StartError([own.fault]);
  const isDynamic = config.reconfigEnabled && !config.standalone;
  if (isDynamic) checkWritable(zooCfgPath);
  const proposed = isDynamic ? readProposed(zooCfgPath) : null;
  return {
    config,
    sid,
    client: own.client,
    zooCfgPath,
    initial: withoutSecrets(zooCfg.text),
    proposed,
    warnings: [...parsed.warnings, ...own.warnings],
  };
}

/** Passwords and digests go to no reader of the configuration, other than with Apache. */
function withoutSecrets(text: string): string {
  return propertyLines(text)
    .map(({ key, source }) => (key !== null && isSecret(key) ? `${key}=***` : source))
    .join('\n');
}

function readConfigFile(file: string, why: string): ConfigFile {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new StartError([`${file}: cannot be read (${codeOf(error)}); ${why}`]);
  }
}

/** Changes of the ensemble are kept beside zoo.cfg, and in it. */
function checkWritable(zooCfgPath: string): void {
  try {
    for (const file of [path.dirname(zooCfgPath), zooCfgPath]) accessSync(file, constants.W_OK);
  } catch (error) {
    const reason = `changes of the ensemble are kept in it and beside it, and it cannot be written (${codeOf(error)})`;
    throw new StartError([`${zooCfgPath}: reconfigEnabled: ${reason}`]);
  }
}

function readProposed(zooCfgPath: string): Configuration | null {
  const file = proposedFile(zooCfgPath);
  if (!existsSync(file)) return null;
  const parsed = parseConfiguration(readConfigFile(file, 'it is what a reconfiguration has proposed').text);
  if (parsed.ok) return parsed.configuration;
  throw new StartError([
    `${file}: ${parsed.fault}; it is what a reconfiguration has proposed, and is not to be edited`,
  ]);
}

function readMyid(config: ZooConfig): number {
  const file = path.join(config.dataDir, 'myid');
  const sids = config.members.map(({ sid }) => sid).join(', ');
  const remedy = `it holds the number of this server in ${config.file}, one of ${sids}`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new StartError([`${file}: cannot be read (${codeOf(error)}); ${remedy}`]);
  }
  const sid = parseSid(text);
  if (sid === null) throw new StartError([`${file}: "${text.slice(0, 40)}" is not the number of a server; ${remedy}`]);
  if (!config.members.some((member) => member.sid === sid)) {
    throw new StartError([`${file}: there is no server.${sid} in ${config.file}; ${remedy}`]);
  }
  return sid;
}

/** The system's name for what went wrong: `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
