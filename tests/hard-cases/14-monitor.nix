# Hard: the script is a list of pieces whose names come from a `with`, some of them functions.
{ makeTest, pkgs, lib }:

let
  assertions = rec {
    version = ''
      with subtest("version"):
          said = "monitor 2.7"  # @stop defaults
          assert said.startswith("monitor")
    '';
    settings = contents: ''
      with subtest("settings"):
          found = "${lib.replaceStrings [ "\n" ] [ "\\n" ] contents}"  # @stop
          assert len(found) == ${toString (lib.stringLength contents)}
    '';
    unit = name: isRunning: ''
      with subtest("${name}"):
          running = ${if isRunning then "True" else "False"}  # @stop x2
          print("${name}", running)
    '';
    quiet = unit "quiet" false;
  };

  makeMonitorTest =
    name: pieces:
    makeTest {
      name = "monitor-${name}";
      nodes = { };
      testScript = lib.concatStringsSep "\n" pieces;
    };
in
{
  defaults = makeMonitorTest "defaults" (
    with assertions;
    [
      version
      (settings "")
      (unit "collector" true)
      quiet
    ]
  );

  everything = makeMonitorTest "everything" (
    with assertions;
    [
      (settings "interval = 5\n")
      (unit "collector" true)
      (unit "network" false)
      "print('own words')  # a piece of its own" # @stop everything
    ]
  );
}
