// Tests that run in the real extension host, with the real `vscode` module: the extension debugs the example through
// Nix and QEMU. Started by outside.ts; its console is the report.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { markedLine } from '../../../testsupport/marker.js';

// A first run builds the guest. Milliseconds.
const patience = 300_000;

const project = process.env['NIXTEST_PROJECT'] ?? '';
const script = join(project, 'tests/example/hello.nix');

/** What the adapter told VS Code in the session under way, seen by a tracker of ours. */
class Session {
  output = '';
  exitCode: number | undefined;
  private readonly disposables: vscode.Disposable[] = [];
  readonly ended: Promise<void>;
  readonly stopped: Promise<vscode.DebugStackFrame>;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.disposables.push(vscode.debug.onDidTerminateDebugSession(() => resolve()));
    });
    const stopped = new Promise<vscode.DebugStackFrame>((resolve) => {
      this.disposables.push(
        vscode.debug.onDidChangeActiveStackItem((item) => {
          if (item instanceof vscode.DebugStackFrame) {
            resolve(item);
          }
        }),
      );
    });
    const endedEarly = this.ended.then(() => {
      throw new Error(`the session ended before it stopped; output:\n${this.output}`);
    });
    endedEarly.catch(() => undefined);
    this.stopped = Promise.race([stopped, endedEarly]);
    this.disposables.push(
      vscode.debug.registerDebugAdapterTrackerFactory('nixtest', {
        createDebugAdapterTracker: () => ({
          onDidSendMessage: (message: { event?: string; body?: { output?: string; exitCode?: number } }) => {
            if (message.event === 'output') {
              this.output += message.body?.output ?? '';
            } else if (message.event === 'exited') {
              this.exitCode = message.body?.exitCode;
            }
          },
        }),
      }),
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

function launch(file: string, attr: string): Thenable<boolean> {
  return vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
    type: 'nixtest',
    request: 'launch',
    name: attr,
    file: join(project, file),
    attr,
  });
}

/** Runs `act` and resolves to the error message that the extension shows for it, whose button `answer` is pressed. */
async function errorFor(act: () => Thenable<unknown>, answer?: string): Promise<string> {
  const original = vscode.window.showErrorMessage;
  try {
    return await new Promise<string>((resolve, reject) => {
      const stub = (message: string) => {
        resolve(message);
        return Promise.resolve(answer);
      };
      vscode.window.showErrorMessage = stub as unknown as typeof original;
      act().then(undefined, reject);
    });
  } finally {
    vscode.window.showErrorMessage = original;
  }
}

/** The path in a position that the adapter sent: here VS Code has made it a URI of the remote machine. */
function pathOf(source: { path: string }): string {
  return vscode.Uri.parse(source.path).path;
}

const tests: Record<string, () => Promise<void>> = {
  'a breakpoint in a nix file is hit and the test runs to its end': async () => {
    const line = markedLine(script, 'demo');
    const uri = vscode.Uri.file(script);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.languageId, 'nix');
    await vscode.window.showTextDocument(document);
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(line - 1, 0))),
    ]);
    const seen = new Session();
    try {
      assert.equal(await launch('tests/example/default.nix', 'hello'), true);
      const { session, threadId, frameId } = await seen.stopped;

      const { stackFrames } = await session.customRequest('stackTrace', { threadId });
      assert.deepEqual([pathOf(stackFrames[0].source), stackFrames[0].line], [script, line]);
      assert.equal(stackFrames[0].name, 'testScript');

      const { scopes } = await session.customRequest('scopes', { frameId });
      assert.equal(scopes[0].name, 'Locals');
      const { variables } = await session.customRequest('variables', scopes[0]);
      const values = new Map(variables.map(({ name, value }: { name: string; value: string }) => [name, value]));
      assert.equal(values.get('name'), "'greeter'");
      assert.equal(values.get('greeting'), "['hello', 'from', 'Nix']");

      const evaluate = async (expression: string): Promise<string> => {
        const { result } = await session.customRequest('evaluate', { expression, frameId, context: 'repl' });
        return result;
      };
      assert.equal(await evaluate('machine.succeed("hostname")'), "'greeter\\n'");

      // What is typed into the terminal that opens is done in the machine.
      const opened = new Promise<vscode.Terminal>((resolve) => {
        const listener = vscode.window.onDidOpenTerminal((terminal) => {
          listener.dispose();
          resolve(terminal);
        });
      });
      await vscode.commands.executeCommand('nixtest-dap.openShell');
      const terminal = await opened;
      assert.equal(terminal.name, 'machine');
      // Before the machine has a terminal too, what is typed would be done here.
      await evaluate('machine.wait_for_file("/dev/pts/0")');
      terminal.sendText('hostname > /tmp/typed; exit');
      assert.equal(await evaluate('machine.wait_until_succeeds("cat /tmp/typed | grep .")'), "'greeter\\n'");

      await vscode.commands.executeCommand('workbench.action.debug.continue');
      await seen.ended;
      assert.equal(seen.exitCode, 0);
      assert.match(seen.output, /must succeed: cat \/etc\/greeting/);
    } finally {
      seen.dispose();
      vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    }
  },

  'a test that cannot be built is told in a message': async () => {
    const seen = new Session();
    try {
      const message = await errorFor(() => launch('tests/editors/default.nix', 'broken'), 'Show log');
      assert.match(message, /^Nix could not build the test: .*nixos-test-driver-broken/s);
      await seen.ended;
      assert.match(seen.output, /this driver never builds/);
    } finally {
      seen.dispose();
    }
  },

  'a program that is not there is told, and nothing is started': async () => {
    const settings = vscode.workspace.getConfiguration('nixtest-dap');
    const path = settings.get('path');
    await settings.update('path', '/nowhere/nixtest-dap', vscode.ConfigurationTarget.Global);
    try {
      const message = await errorFor(async () => {
        assert.equal(await launch('tests/example/default.nix', 'hello'), false);
      });
      assert.equal(
        message,
        'The setting nixtest-dap.path names /nowhere/nixtest-dap, which is no program: correct it or empty it.',
      );
    } finally {
      await settings.update('path', path, vscode.ConfigurationTarget.Global);
    }
  },
};

/** Called by VS Code. */
export async function run(): Promise<void> {
  let failures = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await withinPatience(test());
      console.log(`ok ${name}`);
    } catch (error) {
      failures += 1;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      console.log(`not ok ${name}`);
      console.log(text.replace(/^/gm, '  '));
    }
    await vscode.debug.stopDebugging();
  }
  if (failures > 0) {
    throw new Error(`${failures} failed`);
  }
}

async function withinPatience(test: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${patience / 1000} s`)), patience);
  });
  await Promise.race([test, late]).finally(() => clearTimeout(timer));
}
