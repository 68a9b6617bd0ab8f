// Starts the adapter: `nixtest-dap dap`, speaking over its standard input and output.
import * as vscode from 'vscode';
import { homedir } from 'node:os';
import { isExecutableFile, locateAdapter } from './plain/locate';

const setting = 'nixtest-dap.path';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly extensionPath: string) {}

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const located = this.locate(session.workspaceFolder);
    if ('problem' in located) {
      throw new Error(located.problem);
    }
    return new vscode.DebugAdapterExecutable(located.path, ['dap']);
  }

  /** True when there is an adapter to start; otherwise the user has been told why not and what to do. */
  async isThere(folder: vscode.WorkspaceFolder | undefined): Promise<boolean> {
    const located = this.locate(folder);
    if ('path' in located) {
      return true;
    }
    const openSettings = 'Open settings';
    if ((await vscode.window.showErrorMessage(located.problem, openSettings)) === openSettings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', setting);
    }
    return false;
  }

  private locate(folder: vscode.WorkspaceFolder | undefined) {
    return locateAdapter({
      setting: vscode.workspace.getConfiguration(undefined, folder?.uri).get<string>(setting, ''),
      extensionPath: this.extensionPath,
      home: homedir(),
      searchPath: process.env['PATH'] ?? '',
      isExecutableFile,
    });
  }
}
