/**
 * The files in which a server keeps a configuration that has changed while it ran, as Apache does (Java
 * `QuorumPeerConfig.writeDynamicConfig`, `editStaticConfig`): beside zoo.cfg `zoo.cfg.dynamic.<version in hex>` with the
 * configuration in force, which zoo.cfg then names, and `zoo.cfg.dynamic.next` with a proposed one.
 */
import fs from 'node:fs';
import path from 'node:path';
import { withDynamicConfigFile } from '../config/edit-config.ts';
import { type Configuration, configText, parseConfiguration } from '../core/membership/configuration.ts';
import { DiskError } from '../storage/disk.ts';
import type { Step } from '../storage/steps.ts';
import type { ConfigurationWrite } from '../storage/storage.ts';

/** The step that makes a change of the configuration durable. It is rare, and so short that it may block. */
export function configurationStep(zooCfgPath: string, sid: number | null, write: ConfigurationWrite): Step {
  return (done) => {
    try {
      if (write.kind === 'proposedConfiguration') writeProposed(zooCfgPath, write.configuration);
      else writeCommitted(zooCfgPath, sid, write.configuration);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      const code = String(error.code);
      done(new DiskError(code, zooCfgPath, `${zooCfgPath}: the configuration cannot be written (${code})`));
      return;
    }
    done(null);
  };
}

/** The file with what is proposed; it is there only while something is. */
export function proposedFile(zooCfgPath: string): string {
  return `${zooCfgPath}.dynamic.next`;
}

function writeProposed(zooCfgPath: string, configuration: Configuration | null): void {
  if (configuration !== null) replace(proposedFile(zooCfgPath), sortedLines(configText(configuration)));
  else removeNext(zooCfgPath);
}

function writeCommitted(zooCfgPath: string, sid: number | null, configuration: Configuration): void {
  const dynamic = path.resolve(`${zooCfgPath}.dynamic.${BigInt.asUintN(64, configuration.version).toString(16)}`);
  // The version is in the file's name.
  const lines = configText(configuration).split('\n');
  replace(dynamic, sortedLines(lines.filter((line) => !line.startsWith('version=')).join('\n')));
  const hasClient = configuration.members.find((member) => member.sid === sid)?.spec.includes(';') === true;
  replace(zooCfgPath, withDynamicConfigFile(fs.readFileSync(zooCfgPath, 'utf8'), dynamic, hasClient));
  const next = proposedFile(zooCfgPath);
  const proposed = fs.existsSync(next) ? parseConfiguration(fs.readFileSync(next, 'utf8')) : null;
  if (proposed?.ok && proposed.configuration.version <= configuration.version) removeNext(zooCfgPath);
}

function sortedLines(text: string): string {
  return text.split('\n').sort().join('\n');
}

function removeNext(zooCfgPath: string): void {
  fs.rmSync(proposedFile(zooCfgPath), { force: true });
  syncDirectory(path.dirname(zooCfgPath));
}

/** At no time is there half of the file under its name. */
function replace(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  const fd = fs.openSync(temporary, 'w');
  try {
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, file);
  syncDirectory(path.dirname(file));
}

function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
