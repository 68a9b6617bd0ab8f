// Where the extension finds the program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Places, locateAdapter } from '../../src/plain/locate';

function located(programs: string[], places: Partial<Places> = {}) {
  return locateAdapter({
    setting: '',
    extensionPath: '/extension',
    home: '/home/ada',
    searchPath: '/usr/local/bin:/usr/bin',
    isExecutableFile: (path) => programs.includes(path),
    ...places,
  });
}

test('the setting wins over the bundled program and PATH', () => {
  const programs = ['/opt/nixtest-dap', '/extension/bin/nixtest-dap', '/usr/bin/nixtest-dap'];
  assert.deepEqual(located(programs, { setting: '/opt/nixtest-dap' }), { path: '/opt/nixtest-dap' });
});

test('the bundled program wins over PATH', () => {
  assert.deepEqual(located(['/usr/bin/nixtest-dap', '/extension/bin/nixtest-dap']), {
    path: '/extension/bin/nixtest-dap',
  });
});

test('the first program on PATH is taken, and relative parts of PATH are not searched', () => {
  const programs = ['bin/nixtest-dap', '/usr/local/bin/nixtest-dap', '/usr/bin/nixtest-dap'];
  assert.deepEqual(located(programs, { searchPath: 'bin::/usr/local/bin:/usr/bin' }), {
    path: '/usr/local/bin/nixtest-dap',
  });
});

test('a leading tilde in the setting is the home directory', () => {
  assert.deepEqual(located(['/home/ada/bin/nixtest-dap'], { setting: ' ~/bin/nixtest-dap ' }), {
    path: '/home/ada/bin/nixtest-dap',
  });
});

test('a setting that names no program is refused, although there is one on PATH', () => {
  assert.deepEqual(located(['/usr/bin/nixtest-dap'], { setting: '/gone/nixtest-dap' }), {
    problem: 'The setting nixtest-dap.path names /gone/nixtest-dap, which is no program: correct it or empty it.',
  });
});

test('a relative path in the setting is refused, since nothing says where it would start', () => {
  assert.deepEqual(located(['target/debug/nixtest-dap'], { setting: 'target/debug/nixtest-dap' }), {
    problem:
      'The setting nixtest-dap.path is "target/debug/nixtest-dap", which is not an absolute path: change it or empty it.',
  });
});

test('no program anywhere is a sentence with the next step', () => {
  assert.deepEqual(located([]), {
    problem: 'The program nixtest-dap is not on PATH: install it, or give its path in the setting nixtest-dap.path.',
  });
});
