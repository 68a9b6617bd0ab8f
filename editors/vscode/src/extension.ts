// The extension's door: connects VS Code's debugging to the program `nixtest-dap`. It holds no logic of its own; what
// needs no editor is in `plain/`, and what is not about VS Code at all is in the program.
import * as vscode from 'vscode';
import { AdapterFactory } from './adapter';
import { LaunchConfigurations } from './configurations';
import { reportFailure } from './failures';
import { openShell } from './shells';

/** The debugger's type, as `package.json` contributes it and launch configurations name it. */
const debuggerType = 'nixtest';

export function activate(context: vscode.ExtensionContext): void {
  const factory = new AdapterFactory(context.extensionPath);
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory(debuggerType, factory),
    vscode.debug.registerDebugConfigurationProvider(debuggerType, new LaunchConfigurations(factory)),
    vscode.commands.registerCommand('nixtest-dap.openShell', () => openShell(debuggerType)),
    vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => {
      if (event.session.type === debuggerType) {
        void reportFailure(event);
      }
    }),
  );
}
