// What a person does and sees: keys, gutter, panels, messages. Each station leaves a picture.
import type { Locator, Page } from 'playwright-core';
import { markedLine } from '../../../testsupport/marker.js';
import { takePicture } from './browser';

export async function personDebugsTheExample(
  page: Page,
  script: string,
  pictures: string,
  patience: number,
): Promise<void> {
  const line = markedLine(script, 'demo');
  await openFile(page, 'hello.nix');
  await goToLine(page, line);
  const breakpoint = page.locator('.glyph-margin-widgets [class*="codicon-debug-breakpoint"]');
  await pressUntilSeen(page, 'F9', breakpoint);
  await takePicture(page, pictures, '1-breakpoint');

  await page.keyboard.press('F5');
  // Without launch.json the extension asks for the test and proposes the file's name.
  const question = page.locator('.quick-input-widget input.input');
  await question.waitFor();
  await takePicture(page, pictures, '2-question');
  const proposal = await question.inputValue();
  if (proposal !== 'hello') {
    throw new Error(`the proposed attribute is "${proposal}" where "hello" was expected`);
  }
  await page.keyboard.press('Enter');

  await page.locator('.debug-top-stack-frame-line').first().waitFor({ timeout: patience });
  await page.locator('.debug-call-stack .monaco-list-row', { hasText: 'testScript' }).first().waitFor();
  const variables = page.locator('.debug-variables .monaco-list-row');
  // The first stop of a window finds the view still being made, and VS Code then leaves the scope closed.
  const locals = variables.filter({ hasText: /^Locals$/ });
  await locals.waitFor();
  if ((await locals.getAttribute('aria-expanded')) === 'false') {
    await locals.click();
  }
  await variables.filter({ hasText: 'greeting' }).filter({ hasText: "['hello', 'from', 'Nix']" }).waitFor();
  const shown = await lineNumberBeside(page, page.locator('.debug-top-stack-frame-line').first());
  await takePicture(page, pictures, '3-stopped');
  if (shown !== line) {
    throw new Error(`line ${shown} is shown as the place of the stop where ${line} was expected`);
  }

  await runCommand(page, 'Debug Console: Focus on Debug Console View');
  await page.keyboard.type('machine.succeed("hostname")');
  await page.keyboard.press('Enter');
  await page.locator('.repl .evaluation-result', { hasText: 'greeter' }).first().waitFor();
  await takePicture(page, pictures, '4-asked-the-machine');

  await page.keyboard.press('F5');
  await page.locator('.debug-toolbar').waitFor({ state: 'hidden', timeout: patience });
  await takePicture(page, pictures, '5-ended');
}

export async function personIsToldOfAFailure(page: Page, pictures: string, patience: number): Promise<void> {
  await openFile(page, 'editors/default.nix');
  // F5 starts nothing until the extension is known; the question says that it is.
  const question = page.locator('.quick-input-widget input.input');
  await pressUntilSeen(page, 'F5', question);
  await question.fill('broken');
  await page.keyboard.press('Enter');

  const message = page.locator('.notification-toast', { hasText: 'Nix could not build the test' });
  await message.waitFor({ timeout: patience });
  await takePicture(page, pictures, '6-told-of-a-failure');
  await message.getByRole('button', { name: 'Show log' }).click();
  await page.locator('.repl', { hasText: 'this driver never builds' }).waitFor();
  await takePicture(page, pictures, '7-log-of-a-failure');
}

/** Opens a file by its name, as Ctrl+P does. */
async function openFile(page: Page, name: string): Promise<void> {
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget input.input');
  await input.fill(name);
  const file = name.split('/').at(-1) ?? name;
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: file }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: file }).waitFor();
  await page.locator('.monaco-editor .view-line').first().waitFor();
}

async function goToLine(page: Page, line: number): Promise<void> {
  await page.keyboard.press('Control+G');
  await page.locator('.quick-input-widget input.input').fill(`:${line}`);
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input.input').fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

/** A key that is pressed before the workbench knows the extension is lost, so it is pressed until it had its effect. */
async function pressUntilSeen(page: Page, key: string, sight: Locator): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await page.keyboard.press(key);
    const isSeen = await sight.first().waitFor({ timeout: 1500 }).then(() => true, () => false);
    if (isSeen) {
      return;
    }
  }
  throw new Error(`${key} had no effect`);
}

/** The line number that the editor shows at the height of a decoration. */
async function lineNumberBeside(page: Page, decoration: Locator): Promise<number | undefined> {
  const top = (await decoration.boundingBox())?.y ?? Number.NaN;
  for (const number of await page.locator('.monaco-editor .line-numbers').all()) {
    const box = await number.boundingBox();
    if (box !== null && Math.abs(box.y - top) < 4) {
      return Number(await number.textContent());
    }
  }
  return undefined;
}
