// Starts the workbench and looks at it from outside: first VS Code's own way of running an extension's tests in its
// extension host (inside.ts), then a person's way, with keys and eyes (person.ts). Prints TAP.
// Environment: see `need`.
import { join } from 'node:path';
import { format, stripVTControlCharacters } from 'node:util';
import type { Page } from 'playwright-core';
import { takePicture, withPage } from './browser';
import { personDebugsTheExample, personIsToldOfAFailure } from './person';
import { type ServerOptions, startServer } from './server';

// A first run builds the guest. Milliseconds.
const patience = 300_000;

const browser = need('NIXTEST_BROWSER');
const project = need('NIXTEST_PROJECT');
const pictures = need('NIXTEST_PICTURES');
const extension = join(__dirname, '../../..');

function need(variable: string): string {
  const value = process.env[variable];
  if (value === undefined || value === '') {
    throw new Error(`${variable} is not set: start this through test/run`);
  }
  return value;
}

/** Runs inside.ts in the extension host; its TAP lines come out here. Resolves to whether all was well. */
async function runInExtensionHost(page: Page, port: number): Promise<boolean> {
  let failed = false;
  const ended = new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error('the extension host did not report an end')), 2 * patience).unref();
    void page.exposeFunction('codeAutomationExit', (code: number) => {
      failed ||= code !== 0;
      resolve();
    });
  });
  await page.exposeFunction('codeAutomationLog', (_type: string, parts: unknown[]) => {
    const text = format(...parts);
    // The workbench logs here too, in colours.
    if (/^(ok|not ok|  )/.test(text)) {
      console.log(text);
    }
  });
  const remote = `vscode-remote://127.0.0.1:${port}`;
  const payload = [
    ['extensionDevelopmentPath', remote + extension],
    ['extensionTestsPath', `${remote}${__dirname}/inside.js`],
    ['skipWelcome', 'true'],
  ];
  const query = new URLSearchParams({ folder: join(project, 'tests/example'), payload: JSON.stringify(payload) });
  await page.goto(`http://127.0.0.1:${port}/?${query}`);
  await ended;
  return !failed;
}

/** One test of person.ts; a picture shows where it failed. */
async function runAsPerson(name: string, port: number, test: (page: Page) => Promise<void>): Promise<boolean> {
  return withPage(browser, async (page) => {
    page.setDefaultTimeout(30_000);
    const folder = join(project, 'tests');
    await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams({ folder })}`);
    try {
      await test(page);
      console.log(`ok ${name}`);
      return true;
    } catch (error) {
      const picture = `failed-${name.replaceAll(' ', '-')}`;
      await takePicture(page, pictures, picture);
      console.log(`not ok ${name}`);
      console.log(stripVTControlCharacters(String(error)).replace(/^/gm, '  '));
      console.log(`  picture: ${join(pictures, picture)}.png`);
      return false;
    }
  });
}

async function withServer<T>(audience: ServerOptions['audience'], use: (port: number) => Promise<T>): Promise<T> {
  const server = await startServer({
    directory: need('NIXTEST_VSCODE_SERVER'),
    vsix: need('NIXTEST_VSIX'),
    machineSettings: { 'nixtest-dap.path': need('NIXTEST_DAP_BIN') },
    audience,
  });
  try {
    return await use(server.port);
  } finally {
    await server.stop();
  }
}

async function main(): Promise<boolean> {
  const inside = await withServer('tests', (port) => withPage(browser, (page) => runInExtensionHost(page, port)));
  const asPerson = await withServer('person', async (port) => [
    await runAsPerson('a person presses F9 and F5 in a nix file and sees the test stop there', port, (page) =>
      personDebugsTheExample(page, join(project, 'tests/example/hello.nix'), pictures, patience),
    ),
    await runAsPerson('a person is told that a test cannot be built and is shown the log', port, (page) =>
      personIsToldOfAFailure(page, pictures, patience),
    ),
  ]);
  return [inside, ...asPerson].every((isGood) => isGood);
}

// Leaves through `exit`, which ends the server.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}
void main().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
