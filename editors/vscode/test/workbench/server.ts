// The VS Code server with the packaged extension installed: the whole workbench, for a browser on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Server {
  port: number;
  stop(): Promise<void>;
}

const userSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'window.commandCenter': false,
};

export interface ServerOptions {
  /** Where the server is installed. */
  directory: string;
  /** An extension to install in it. */
  vsix: string;
  /** Settings of the machine on which extensions run, as a user of a remote machine sets them. */
  machineSettings: Record<string, unknown>;
  /**
   * `tests`: the workbench runs the extension tests that its page parameters name, and shows no messages.
   * `person`: it is as its users have it.
   */
  audience: 'tests' | 'person';
}

/** Starts a server whose state lasts as long as it does. */
export async function startServer({ directory, vsix, machineSettings, audience }: ServerOptions): Promise<Server> {
  const state = mkdtempSync(join(tmpdir(), 'nixtest-dap-vscode-'));
  for (const [scope, settings] of Object.entries({ User: userSettings, Machine: machineSettings })) {
    mkdirSync(join(state, 'data', scope), { recursive: true });
    writeFileSync(join(state, 'data', scope, 'settings.json'), JSON.stringify(settings));
  }
  const common = [join(directory, 'out/server-main.js'), '--server-data-dir', state, '--accept-server-license-terms'];
  const installed = spawnSync(process.execPath, [...common, '--install-extension', vsix], { encoding: 'utf8' });
  if (installed.status !== 0) {
    throw new Error(`the VS Code server did not install ${vsix}:\n${installed.stdout}${installed.stderr}`);
  }

  const server = spawn(
    process.execPath,
    [
      ...common,
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
      ...(audience === 'tests' ? ['--enable-smoke-test-driver'] : []),
      '--disable-workspace-trust',
      // Extensions get the environment of this process, not that of a login shell.
      '--force-disable-user-env',
      ...['--telemetry-level', 'off'],
    ],
    // A group of its own, so that the extension host and the file watcher end with it.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const kill = () => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
      process.kill(-server.pid);
    }
  };
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.stderr.resume();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the VS Code server ended with code ${code}`)));
    createInterface(server.stdout).on('line', (line) => {
      const listening = /agent listening on (\d+)/.exec(line);
      if (listening) {
        resolve(Number(listening[1]));
      }
    });
  });
  return {
    port,
    stop: async () => {
      kill();
      await ended;
      process.off('exit', kill);
      rmSync(state, { recursive: true, force: true });
    },
  };
}
