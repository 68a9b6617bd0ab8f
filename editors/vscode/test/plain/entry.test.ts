// Which Nix file F5 evaluates, and with what launch arguments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findEntry, launchOf } from '../../src/plain/entry';

const existing =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

test('the default.nix beside the file is what Nix evaluates, and the file name is the likely attribute', () => {
  assert.deepEqual(findEntry('/ws/tests/hello.nix', '/ws', existing('/ws/tests/default.nix', '/ws/flake.nix')), {
    kind: 'file',
    path: '/ws/tests/default.nix',
    attribute: 'hello',
  });
});

test('a flake above the file is found up to the workspace', () => {
  assert.deepEqual(findEntry('/ws/nix/tests/hello.nix', '/ws', existing('/ws/flake.nix')), {
    kind: 'flake',
    path: '/ws/flake.nix',
    attribute: 'hello',
  });
});

test('a flake wins over the default.nix beside it', () => {
  const entry = findEntry('/ws/hello.nix', '/ws', existing('/ws/default.nix', '/ws/flake.nix'));
  assert.equal(entry.kind, 'flake');
});

test('nothing above the workspace is looked at', () => {
  assert.deepEqual(findEntry('/home/ws/hello.nix', '/home/ws', existing('/home/default.nix')), {
    kind: 'itself',
    path: '/home/ws/hello.nix',
    attribute: '',
  });
});

test('a file outside the workspace looks no further than its own directory', () => {
  assert.equal(findEntry('/else/tests/hello.nix', '/ws', existing('/else/default.nix')).kind, 'itself');
  assert.equal(findEntry('/else/tests/hello.nix', undefined, existing('/else/tests/default.nix')).kind, 'file');
});

test('an open default.nix or flake.nix is the entry itself', () => {
  assert.deepEqual(findEntry('/ws/default.nix', '/ws', existing('/ws/flake.nix')), {
    kind: 'file',
    path: '/ws/default.nix',
    attribute: '',
  });
  assert.equal(findEntry('/ws/flake.nix', '/ws', existing()).kind, 'flake');
});

test('an attribute of a file becomes file and attr', () => {
  assert.deepEqual(launchOf({ kind: 'file', path: '/ws/default.nix', attribute: 'hello' }, 'tests.hello'), {
    type: 'nixtest',
    request: 'launch',
    name: 'tests.hello',
    cwd: '/ws',
    file: '/ws/default.nix',
    attr: 'tests.hello',
  });
});

test('a file that is the test itself has no attr', () => {
  assert.deepEqual(launchOf({ kind: 'itself', path: '/ws/hello.nix', attribute: '' }, ''), {
    type: 'nixtest',
    request: 'launch',
    name: 'hello.nix',
    cwd: '/ws',
    file: '/ws/hello.nix',
  });
});

test('an output of a flake becomes a reference that starts at the flake', () => {
  assert.deepEqual(launchOf({ kind: 'flake', path: '/ws/flake.nix', attribute: 'hello' }, 'hello'), {
    type: 'nixtest',
    request: 'launch',
    name: 'hello',
    cwd: '/ws',
    flake: '.#hello',
  });
});
