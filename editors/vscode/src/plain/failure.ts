// The adapter's event `nixtest/failed` as one sentence for a person.

const openings = new Map([
  ['evaluation', 'Nix could not evaluate the test'],
  ['build', 'Nix could not build the test'],
  ['launch', 'The test driver could not be started'],
  ['script', 'The test script is not valid Python'],
  ['internal', 'nixtest-dap failed, which is a fault of its own'],
]);

/** Accepts any body: an event from a newer or a broken adapter must still lead to a message. */
export function failureMessage(body: unknown): string {
  const { kind, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const opening = (typeof kind === 'string' ? openings.get(kind) : undefined) ?? 'The test could not be debugged';
  return typeof message === 'string' && message.trim() !== '' ? `${opening}: ${message.trim()}` : `${opening}.`;
}
