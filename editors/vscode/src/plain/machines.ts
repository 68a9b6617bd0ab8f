// The answer to `nixtest/machines` as a list to choose from.

export interface Choice {
  label: string;
  description: string;
}

const states = new Map([
  ['booting', 'booting'],
  ['up', 'running'],
  ['off', 'not running'],
  ['lost', 'has ended'],
]);

/** The virtual machines, those that run first. Accepts any body: one of a newer adapter must still lead to a list. */
export function enterable(body: unknown): Choice[] {
  const machines = (body as { machines?: unknown } | undefined)?.machines;
  const choices = (Array.isArray(machines) ? machines : [])
    .filter((machine) => typeof machine?.name === 'string' && machine.kind === 'vm')
    .map((machine) => ({
      runs: machine.state === 'up' || machine.state === 'booting',
      choice: { label: machine.name as string, description: states.get(machine.state) ?? '' },
    }));
  return [...choices.filter((each) => each.runs), ...choices.filter((each) => !each.runs)].map((each) => each.choice);
}
