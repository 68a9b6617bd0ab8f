# The derivation of a test's driver: the Python program, its configuration, and a wrapper that joins them.
{ lib, host }:

let
  # The program without tests and without what tools leave beside it, so that its path depends on its code alone.
  source = builtins.path {
    path = ./driver;
    name = "testkit-driver";
    filter =
      path: type:
      let
        file = baseNameOf path;
      in
      if type == "directory" then file == "test_driver" || file == "machine" else file == "nixos-test-driver" || builtins.match ".*\\.py" file != null;
  };
in
{
  # The parts of config.driverConfiguration, by the keys that the driver of NixOS 26.05 reads.
  configuration =
    { nodes, globalTimeout, testScript }:
    {
      vms = builtins.mapAttrs (name: node: {
        inherit name;
        start_script = "${node.system.build.vm}/bin/run-${name}-vm";
      }) nodes;
      containers = { };
      vlans = [ ];
      global_timeout = globalTimeout;
      enable_ssh_backdoor = false;
      test_script = "${testScript}";
    };

  derive =
    { name, configuration, extraDriverArgs }:
    host.derive "nixos-test-driver-${name}" ./builders/driver.sh {
      inherit source;
      configuration = host.writeText "driverConfiguration.json" (builtins.toJSON configuration);
      testScript = configuration.test_script;
      extraDriverArgs = lib.concatMapSep " " lib.escapeShellArg extraDriverArgs;
    }
    // {
      meta.mainProgram = "nixos-test-driver";
    };
}
