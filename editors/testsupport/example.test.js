// @ts-check
// The example of this repository, through Nix and QEMU, as the client that Microsoft publishes for testing adapters
// sees it: the same requests in the same order as VS Code, without an editor.
import { DebugClient } from '@vscode/debugadapter-testsupport';
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { markedLine } from './marker.js';

/** @typedef {import('@vscode/debugprotocol').DebugProtocol.OutputEvent} OutputEvent */

const repository = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '../..'));
const adapter = process.env['NIXTEST_DAP_BIN'] ?? join(repository, 'target/debug/nixtest-dap');
const example = join(repository, 'tests/example');
const script = join(example, 'hello.nix');

// A first run builds the guest.
const patience = 300_000;

/** @type {DebugClient} */
let client;
/** @type {string} */
let output;
/** @type {Promise<never>} Fails when the session ends; raced against what can only come before. */
let endedEarly;

beforeEach(async () => {
  client = new DebugClient(adapter, 'dap', 'nixtest', { cwd: repository }, true);
  client.defaultTimeout = patience;
  output = '';
  client.on('output', (/** @type {OutputEvent} */ event) => (output += event.body.output));
  endedEarly = client.waitForEvent('terminated').then(() => {
    throw new Error(`the session ended before it stopped; output:\n${output}`);
  });
  endedEarly.catch(() => undefined);
  await client.start();
});

afterEach(() => client.stop());

test('the example stops on its .nix line, answers there, and ends well', { timeout: patience }, async () => {
  const line = markedLine(script, 'demo');
  const terminated = client.waitForEvent('terminated');
  const exited = client.waitForEvent('exited');
  const [, , stopped] = await Promise.all([
    configure(() => client.setBreakpointsRequest({ source: { path: script }, breakpoints: [{ line }] })),
    client.launch({ file: join(example, 'default.nix'), attr: 'hello' }),
    Promise.race([client.assertStoppedLocation('breakpoint', { path: script, line }), endedEarly]),
  ]);

  const frame = stopped.body.stackFrames[0];
  assert.equal(frame?.name, 'testScript');
  const frameId = frame.id;
  const variables = await localsOf(frameId);
  assert.equal(variables.get('name'), "'greeter'");
  assert.equal(variables.get('greeting'), "['hello', 'from', 'Nix']");

  const sum = await client.evaluateRequest({ expression: 'sum(lengths)', frameId, context: 'watch' });
  assert.equal(sum.body.result, '12');
  const hostname = await client.evaluateRequest({ expression: 'machine.succeed("hostname")', frameId, context: 'repl' });
  assert.equal(hostname.body.result, "'greeter\\n'");

  const { body: threads } = await client.threadsRequest();
  await client.continueRequest({ threadId: threads.threads[0]?.id ?? 0 });
  assert.equal((await exited).body.exitCode, 0);
  await terminated;
  assert.match(output, /must succeed: cat \/etc\/greeting/);
});

test('stopOnEntry stops at the first statement of the script', { timeout: patience }, async () => {
  const [, , stopped] = await Promise.all([
    configure(),
    client.launch({ file: join(example, 'default.nix'), attr: 'hello', stopOnEntry: true }),
    Promise.race([client.assertStoppedLocation('entry', { path: script }), endedEarly]),
  ]);
  assert.equal(stopped.body.stackFrames.length, 1);
  const terminated = client.waitForEvent('terminated');
  await client.terminateRequest({});
  await terminated;
});

test('a driver that cannot be built is told in events, output and exit code', { timeout: patience }, async () => {
  const failed = client.waitForEvent('nixtest/failed');
  const exited = client.waitForEvent('exited');
  const terminated = client.waitForEvent('terminated');
  await Promise.all([
    configure(),
    client.launch({ file: join(repository, 'tests/editors/default.nix'), attr: 'broken' }),
  ]);
  const { kind, message } = (await failed).body;
  assert.equal(kind, 'build');
  assert.match(message, /nixos-test-driver-broken/);
  assert.notEqual((await exited).body.exitCode, 0);
  await terminated;
  assert.match(output, /this driver never builds/);
});

/**
 * Sends what a client sends between `initialized` and the start of the script.
 * @param {() => Promise<unknown>} [setBreakpoints]
 */
async function configure(setBreakpoints) {
  await client.waitForEvent('initialized');
  await setBreakpoints?.();
  await client.configurationDoneRequest();
}

/**
 * The variables of the frame's first scope, by name.
 * @param {number} frameId
 */
async function localsOf(frameId) {
  const { body: scopes } = await client.scopesRequest({ frameId });
  const locals = scopes.scopes[0];
  assert.equal(locals?.name, 'Locals');
  const { body } = await client.variablesRequest({ variablesReference: locals.variablesReference });
  return new Map(body.variables.map(({ name, value }) => [name, value]));
}
