// Where the program `nixtest-dap` is. Looks, and starts nothing.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export interface Places {
  /** The value of the setting `nixtest-dap.path`; empty when unset. */
  setting: string;
  /** Where this extension is installed; a VSIX for one platform has the program in its `bin`. */
  extensionPath: string;
  home: string;
  /** The value of `PATH`. */
  searchPath: string;
  isExecutableFile(path: string): boolean;
}

/** The program's path, or one sentence for the user that names the next step. */
export type Located = { path: string } | { problem: string };

export function locateAdapter(places: Places): Located {
  const setting = places.setting.trim();
  if (setting !== '') {
    // What the user names is used or refused, never silently replaced by another copy.
    const path = setting.startsWith('~/') ? join(places.home, setting.slice(2)) : setting;
    if (!isAbsolute(path)) {
      return { problem: `The setting nixtest-dap.path is "${setting}", which is not an absolute path: change it or empty it.` };
    }
    return places.isExecutableFile(path)
      ? { path }
      : { problem: `The setting nixtest-dap.path names ${path}, which is no program: correct it or empty it.` };
  }

  const directories = places.searchPath.split(delimiter).filter(isAbsolute);
  const candidates = [join(places.extensionPath, 'bin'), ...directories].map((directory) => join(directory, 'nixtest-dap'));
  const path = candidates.find((candidate) => places.isExecutableFile(candidate));
  return path === undefined
    ? { problem: 'The program nixtest-dap is not on PATH: install it, or give its path in the setting nixtest-dap.path.' }
    : { path };
}

export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
