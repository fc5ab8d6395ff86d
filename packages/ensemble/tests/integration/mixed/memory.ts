/** The resident memory of a process, as Linux counts it; in bytes. */
import { readFileSync, writeFileSync } from 'node:fs';

function field(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`no ${name} of process ${pid}`);
  return Number(kibibytes) * 1024;
}

/** What it has now. */
export function residentBytes(pid: number): number {
  return field(pid, 'VmRSS');
}

/** Lets the peak begin anew at what it has now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The most it had since {@link resetPeak}. */
export function peakBytes(pid: number): number {
  return field(pid, 'VmHWM');
}
