# A script out of several modules, and a driver that is told of it in two ways.
{ lib, ... }:
{
  name = "merged";

  imports = [
    { testScript = lib.mkAfter "print('script: ' + ' '.join(said))"; }
    { testScript = lib.mkBefore "said = ['begin']"; }
    {
      testScript =
        { nodes, ... }:
        ''
          said.append(machine.succeed("hostname").strip())
          assert said[-1] == "${nodes.machine.networking.hostName}"
        '';
    }
  ];
  testScript = "said.append('main')";

  nodes.machine.networking.hostName = "merger";
  interactive.testkit.wrapper = "environment";
}
