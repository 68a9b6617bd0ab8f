// What the user reads when a launch has failed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureMessage } from '../../src/plain/failure';

test('a failure says what was tried, then what went wrong', () => {
  assert.equal(
    failureMessage({ kind: 'build', message: 'vm-hello failed with exit code 1\n' }),
    'Nix could not build the test: vm-hello failed with exit code 1',
  );
});

test('a kind that is not known still leads to a message', () => {
  assert.equal(failureMessage({ kind: 'weather', message: 'it rains' }), 'The test could not be debugged: it rains');
  assert.equal(failureMessage({ kind: 'toString', message: 'it rains' }), 'The test could not be debugged: it rains');
});

test('a body without a message, or no body at all, still leads to a message', () => {
  assert.equal(failureMessage({ kind: 'evaluation' }), 'Nix could not evaluate the test.');
  assert.equal(failureMessage(undefined), 'The test could not be debugged.');
});
