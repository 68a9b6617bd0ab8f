// From the open Nix file to the expression that Nix evaluates: most tests are files that a default.nix or a flake.nix
// above them imports, and cannot be evaluated alone. Proposes by looking at file names; reads no file, asks no one.
import { basename, dirname, join, relative } from 'node:path';

export interface Entry {
  /** `itself`: nothing above the file imports it, as far as names tell, so the file must be the test. */
  kind: 'flake' | 'file' | 'itself';
  /** The file that Nix evaluates. */
  path: string;
  /** The likely attribute, to be confirmed by the user; empty when there is nothing to go by. */
  attribute: string;
}

export interface Launch {
  type: 'nixtest';
  request: 'launch';
  name: string;
  flake?: string;
  file?: string;
  attr?: string;
  cwd: string;
}

/**
 * Looks beside `file` and above it, up to `workspace`, for the nearest directory with a flake.nix or a default.nix.
 * Where both are, the flake is meant: the default.nix beside it mostly wraps it for older commands.
 */
export function findEntry(file: string, workspace: string | undefined, exists: (path: string) => boolean): Entry {
  const stem = basename(file, '.nix');
  const isEntry = stem === 'default' || stem === 'flake';
  const attribute = isEntry ? '' : stem;
  if (isEntry) {
    return { kind: stem === 'flake' ? 'flake' : 'file', path: file, attribute };
  }
  for (const directory of directoriesUpTo(dirname(file), workspace)) {
    const flake = join(directory, 'flake.nix');
    if (exists(flake)) {
      return { kind: 'flake', path: flake, attribute };
    }
    const expression = join(directory, 'default.nix');
    if (exists(expression)) {
      return { kind: 'file', path: expression, attribute };
    }
  }
  return { kind: 'itself', path: file, attribute: '' };
}

/** The launch configuration for an entry and the attribute that the user confirmed. */
export function launchOf(entry: Entry, attribute: string): Launch {
  const cwd = dirname(entry.path);
  const name = attribute === '' ? basename(entry.path) : attribute;
  const launch = { type: 'nixtest', request: 'launch', name, cwd } as const;
  if (entry.kind === 'flake') {
    // The adapter looks a bare name up among the checks of its own system.
    return { ...launch, flake: `.#${attribute}` };
  }
  return { ...launch, file: entry.path, ...(attribute === '' ? {} : { attr: attribute }) };
}

/** `directory` and its parents, ending with `top`; without `top`, or outside it, `directory` alone. */
function directoriesUpTo(directory: string, top: string | undefined): string[] {
  const isBelow = top !== undefined && !relative(top, directory).startsWith('..');
  const directories = [directory];
  for (let current = directory; isBelow && current !== top; ) {
    current = dirname(current);
    directories.push(current);
  }
  return directories;
}
