// Bundles the extension, and with --tests its tests too, into dist/. Types are checked by `npm run check`, not here.
import { build } from 'esbuild';
import { globSync, rmSync } from 'node:fs';

const production = process.argv.includes('--production');
const tests = process.argv.includes('--tests');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  // The oldest VS Code that `engines` admits runs extensions on Node 20.
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'playwright-core'],
  sourcemap: !production,
  minify: production,
  logLevel: 'warning',
};

rmSync('dist', { recursive: true, force: true });
await build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' });
if (tests) {
  await build({
    ...common,
    entryPoints: globSync(['test/plain/*.test.ts', 'test/workbench/{inside,outside}.ts']),
    outbase: 'test',
    outdir: 'dist/test',
  });
}
