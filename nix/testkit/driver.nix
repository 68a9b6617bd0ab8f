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

  vlansOf = node: node.virtualisation.vlans ++ map (interface: interface.vlan) (lib.attrValues node.virtualisation.interfaces);
in
{
  # The parts of config.driverConfiguration, by the keys that the driver of NixOS 26.05 reads.
  configuration =
    { nodes, globalTimeout, testScript }:
    {
      vms = lib.mapAttrs (name: node: {
        inherit name;
        start_script = "${node.system.build.vm}/bin/run-${name}-vm";
      }) nodes;
      containers = { };
      vlans = lib.sort (a: b: a < b) (lib.unique (lib.concatMap vlansOf (lib.attrValues nodes)));
      global_timeout = globalTimeout;
      enable_ssh_backdoor = false;
      test_script = "${testScript}";
    };

  # wrapper: "config", one JSON file, as since NixOS 26.05; or "environment", variables, as before.
  derive =
    { name, configuration, extraDriverArgs, wrapper }:
    let
      json = host.writeText "driverConfiguration.json" (lib.toJSON configuration);
      export = name: value: "export ${name}=${lib.escapeShellArg value}\n";
      flavours = {
        config = {
          setup = "";
          arguments = "--config ${json} --log-level info";
        };
        environment = {
          setup =
            export "startScripts" (map (vm: vm.start_script) (lib.attrValues configuration.vms))
            + export "vlans" configuration.vlans
            + export "globalTimeout" configuration.global_timeout
            + export "testScript" configuration.test_script;
          arguments = "";
        };
      };
    in
    host.derive "nixos-test-driver-${name}" ./builders/driver.sh {
      inherit source;
      inherit (flavours.${wrapper}) setup arguments;
      testScript = configuration.test_script;
      extraDriverArgs = lib.escapeShellArgs extraDriverArgs;
    }
    // {
      meta.mainProgram = "nixos-test-driver";
    };
}
