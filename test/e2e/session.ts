/** What the tests of sessions have in common: services written by hand, one that notes its environment, and what runs. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestHome } from '../setup/fresh-home.ts';
import { until } from '../setup/until.ts';

/** Writes an executable script of sh. */
export function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}`);
  chmodSync(path, 0o755);
}

/** A service without a log, linked: whole before runsvdir may see it. */
export function addService(home: TestHome, name: string, run: string): void {
  const folder = join(home.path, 'service_all', name);
  mkdirSync(folder);
  script(join(folder, 'run'), run);
  symlinkSync(folder, join(home.path, 'service_gui', name));
}

/** The service `note`, which writes down its environment before it sleeps. */
export function addNote(home: TestHome): void {
  addService(home, 'note', 'env >"$HOME/seen.new"\nmv "$HOME/seen.new" "$HOME/seen"\nexec sleep 1000\n');
}

/** The environment of `note`, once it runs. */
export async function seenByNote(home: TestHome): Promise<Record<string, string>> {
  const file = join(home.path, 'seen');
  await until('the service runs', () => existsSync(file));
  return Object.fromEntries(
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** The words of a process, with a blank behind each; '' when it has ended. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** A variable of the environment that a process was started with. */
export function variableOf(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .find((each) => each.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/** What runs of a home and has such a command line. */
export function running(home: TestHome, pattern: RegExp): number[] {
  return home.processes().filter((pid) => pattern.test(commandLine(pid)));
}

/** Every runsvdir of a home, by pid. */
export function supervisors(home: TestHome): number[] {
  return running(home, /^(?:\S*\/)?runsvdir (?:--shared )?-P /);
}

/** A display number that nobody uses; `from` keeps the numbers of tests that run at the same time apart. */
export function freeDisplay(from: number): number {
  let number = from + (process.pid % 500);
  while (existsSync(`/tmp/.X${number}-lock`) || existsSync(`/tmp/.X11-unix/X${number}`)) number++;
  return number;
}
