// Opens a terminal with a shell in a machine. The adapter asks for the terminal itself; here the machine is chosen.
import * as vscode from 'vscode';
import { enterable } from './plain/machines';

export async function openShell(debuggerType: string): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== debuggerType) {
    void vscode.window.showErrorMessage('No NixOS test is being debugged: start one, then open a shell in its machines.');
    return;
  }
  try {
    const machines = enterable(await session.customRequest('nixtest/machines'));
    const chosen =
      machines.length === 1
        ? machines[0]
        : await vscode.window.showQuickPick(machines, { title: 'Open shell in machine', placeHolder: 'Machine' });
    if (chosen !== undefined) {
      await session.customRequest('nixtest/openShell', { machine: chosen.label });
    }
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
