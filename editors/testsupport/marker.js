// Lines of fixtures are named by a comment `# @name` at their end, never by number.
import { readFileSync } from 'node:fs';

/**
 * The 1-based line of `file` that carries the marker `name`.
 * @param {string} file
 * @param {string} name
 */
export function markedLine(file, name) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const isMarked = new RegExp(`# @${name}\\b`);
  const index = lines.findIndex((line) => isMarked.test(line));
  if (index === -1) {
    throw new Error(`${file} has no line marked "# @${name}"`);
  }
  return index + 1;
}
