// Tells the user why a test could not be debugged. The adapter answers `launch` at once and evaluates and builds
// afterwards, so such a failure is no error response that VS Code would show by itself.
import * as vscode from 'vscode';
import { failureMessage } from './plain/failure';

export async function reportFailure(event: vscode.DebugSessionCustomEvent): Promise<void> {
  if (event.event !== 'nixtest/failed') {
    return;
  }
  const showLog = 'Show log';
  if ((await vscode.window.showErrorMessage(failureMessage(event.body), showLog)) === showLog) {
    await vscode.commands.executeCommand('workbench.debug.action.focusRepl');
  }
}
