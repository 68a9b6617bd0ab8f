# The start scripts of the real machines that some cases boot: one alone, and two on a network.
{
  testkit ? import ../../nix/testkit { },
}:
let
  nodesOf = nodes: (testkit.runTest { name = "conformance"; inherit nodes; testScript = ""; }).nodes;
  alone = nodesOf { machine.virtualisation.vlans = [ ]; };
  network = nodesOf {
    client = { };
    server = { };
  };
in
builtins.mapAttrs (_: node: node.system.build.vm) {
  inherit (alone) machine;
  inherit (network) client server;
}
