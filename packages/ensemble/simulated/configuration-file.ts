/** The simulated servers' configuration on their disks: what is in force and what is proposed, in one file. */
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import type { ServerConfig } from '../core/io.ts';
import { type Configuration, configText, parseConfiguration } from '../core/membership/configuration.ts';
import type { Disk } from '../storage/disk.ts';
import { VERSION_DIRECTORY } from '../storage/file-names.ts';
import { replaceFile, type Step } from '../storage/steps.ts';
import type { ConfigurationWrite } from '../storage/storage.ts';

const PATH = `${VERSION_DIRECTORY}/configuration`;
const SEPARATOR = '\n--\n';

interface Stored {
  readonly committed: Configuration | null;
  readonly proposed: Configuration | null;
}

/** The step that makes a change of the configuration durable. */
export function configurationStep(disk: Disk, write: ConfigurationWrite): Step {
  return (done) => {
    const before = readStored(disk);
    const after =
      write.kind === 'proposedConfiguration'
        ? { ...before, proposed: write.configuration }
        : { proposed: newerThan(before.proposed, write.configuration), committed: write.configuration };
    const text = [after.committed, after.proposed].map((c) => (c === null ? '' : configText(c))).join(SEPARATOR);
    replaceFile(disk, PATH, [encodeUtf8(text)])(done);
  };
}

/** The configuration that a server starts with: what is on its disk, or else what it was given. */
export function withStoredConfiguration(config: ServerConfig, disk: Disk): ServerConfig {
  const { committed, proposed } = readStored(disk);
  if (committed === null && proposed === null) return config;
  const { members, groups, version } = committed ?? { ...config, version: config.configVersion };
  return {
    ...config,
    members,
    groups,
    configVersion: version,
    proposed,
    // Whoever runs the world switches that while the server runs.
    get trace() {
      return config.trace;
    },
  };
}

function newerThan(proposed: Configuration | null, committed: Configuration): Configuration | null {
  return proposed !== null && proposed.version > committed.version ? proposed : null;
}

function readStored(disk: Disk): Stored {
  const [committed = '', proposed = ''] = decodeUtf8(disk.read(PATH) ?? new Uint8Array(0)).split(SEPARATOR);
  return { committed: parse(committed), proposed: parse(proposed) };
}

function parse(text: string): Configuration | null {
  const parsed = text === '' ? null : parseConfiguration(text);
  return parsed?.ok ? parsed.configuration : null;
}
