# Tests that run: ../machines.py starts their drivers and looks at what comes of it.
{
  testkit ? import ../../../nix/testkit { system = "x86_64-linux"; },
  # A port of the host that nobody uses.
  port ? 0,
}:
{
  networks = testkit.runTest ./networks.nix;
  disks = testkit.runTest ./disks.nix;
  snapshots = testkit.runTest ./snapshots.nix;
  ports = testkit.runTest {
    imports = [ ./ports.nix ];
    nodes.machine.virtualisation.forwardPorts = [
      { host = { address = "127.0.0.1"; inherit port; }; guest.port = 80; }
    ];
  };
  merged = testkit.runTest ./merged.nix;
}
