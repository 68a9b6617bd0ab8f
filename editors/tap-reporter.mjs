// Node's test runner, reported as the editors' other tests are: one TAP line for each test, and what is wrong with it.
// Node's own TAP reporter adds half a screen of measurements to each.

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
    // A test file counts as a test of its own in newer versions, and repeats what its tests said.
    if (data.details?.type === 'suite' || data.name === data.file) {
      continue;
    }
    if (type === 'test:pass') {
      const directive = data.skip ? ` # SKIP ${data.skip === true ? 'for no reason given' : data.skip}` : '';
      yield `ok ${data.name}${directive}\n`;
    } else if (type === 'test:fail') {
      const error = data.details.error.cause ?? data.details.error;
      yield `not ok ${data.name}\n${String(error.stack ?? error).replace(/^/gm, '  ')}\n`;
    }
  }
}
