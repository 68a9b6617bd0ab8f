// What the user chooses a machine from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterable } from '../../src/plain/machines';

test('machines that run come first, and containers not at all', () => {
  const machine = (name: string, state: string, kind = 'vm') => ({ name, kind, state, commands: [] });
  const machines = [
    machine('db', 'off'),
    machine('web', 'up'),
    machine('box', 'up', 'container'),
    machine('client', 'booting'),
    machine('old', 'lost'),
  ];
  assert.deepEqual(enterable({ machines }), [
    { label: 'web', description: 'running' },
    { label: 'client', description: 'booting' },
    { label: 'db', description: 'not running' },
    { label: 'old', description: 'has ended' },
  ]);
});

test('an answer that is not understood is no machine', () => {
  for (const body of [undefined, null, {}, { machines: 'none' }, { machines: [null, 1, { name: 1 }] }]) {
    assert.deepEqual(enterable(body), []);
  }
});
