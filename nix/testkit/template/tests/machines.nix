# The test whose machines the tests clone: two of the tiny guest on one VLAN.
{
  system ? builtins.currentSystem,
  testkit ? import ../.. { inherit system; },
}:
testkit.runTest {
  name = "clones";
  defaults.virtualisation.memorySize = 128;
  nodes.alpha = { };
  nodes.beta = { };
  testScript = "start_all()";
}
