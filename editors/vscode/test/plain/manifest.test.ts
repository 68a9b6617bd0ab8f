// Facts about package.json that no compiler checks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const extension = join(__dirname, '../../..');
const read = (name: string) => readFileSync(join(extension, name), 'utf8');

test('the types are those of the oldest VS Code that the extension admits', () => {
  const { engines, devDependencies } = JSON.parse(read('package.json'));
  assert.equal(`${engines.vscode}.0`.slice(0, 7), `^${devDependencies['@types/vscode']}`.slice(0, 7));
});

test('the lock file names no registry', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
  assert.deepEqual(Object.keys(packages).filter((name) => packages[name]?.resolved !== undefined), []);
});

test('the licence texts are those of the project', () => {
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    assert.equal(read(name), read(`../../${name}`));
  }
});
