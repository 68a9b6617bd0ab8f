// What F5 launches: the configuration of launch.json as it stands, or, without one, the test in the open Nix file.
import * as vscode from 'vscode';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { AdapterFactory } from './adapter';
import { findEntry, launchOf } from './plain/entry';

export class LaunchConfigurations implements vscode.DebugConfigurationProvider {
  constructor(private readonly factory: AdapterFactory) {}

  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: Partial<vscode.DebugConfiguration>,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!(await this.factory.isThere(folder))) {
      return undefined;
    }
    // Without launch.json VS Code asks with an empty object.
    if (configuration.type === undefined) {
      return this.launchActiveFile(folder);
    }
    const directory = folder?.uri.fsPath;
    return {
      ...(directory === undefined ? {} : { cwd: directory }),
      ...configuration,
    } as vscode.DebugConfiguration;
  }

  private async launchActiveFile(
    folder: vscode.WorkspaceFolder | undefined,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const document = vscode.window.activeTextEditor?.document;
    if (document === undefined || document.languageId !== 'nix' || document.uri.scheme !== 'file') {
      void vscode.window.showErrorMessage('No Nix file is open: open the file of the test, or write a launch.json.');
      return undefined;
    }
    const entry = findEntry(document.uri.fsPath, folder?.uri.fsPath, existsSync);
    if (entry.kind === 'itself') {
      return launchOf(entry, '');
    }
    const attribute = await vscode.window.showInputBox({
      title: 'Debug NixOS test',
      prompt:
        entry.kind === 'flake'
          ? `Name of the test among the checks of ${entry.path}`
          : `Attribute of ${basename(entry.path)} that is the test; empty when the file itself is the test`,
      value: entry.attribute,
      validateInput: (text) =>
        entry.kind === 'flake' && text.trim() === '' ? 'A flake has many outputs: name one of its checks.' : undefined,
      ignoreFocusOut: true,
    });
    return attribute === undefined ? undefined : launchOf(entry, attribute.trim());
  }
}
