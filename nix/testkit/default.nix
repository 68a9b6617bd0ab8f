# The testkit: NixOS-like VM tests with real Nix and real QEMU, without NixOS and without nixpkgs.
#
#   testkit = import ./nix/testkit { };
#   testkit.runTest { name = "hello"; nodes.machine = { }; testScript = "machine.succeed('true')"; }
#
# Machines are made of the host distribution's packages by builders that use the host's tools, so Nix must build
# without a sandbox ('sandbox = false' or 'relaxed'). What it does not do: NixOS modules, containers, a shared /nix/store.
{
  # The platform of the machines and of the host; pure evaluation has to say it.
  system ? builtins.currentSystem or (throw "testkit: pure evaluation does not know the platform: pass 'system', for example { system = \"x86_64-linux\"; }"),
  # Parts of the guest as absolute paths on the host, read when built. Those left out come from apt's packages.
  # `modules` is the directory of the kernel's modules, such as "/lib/modules/6.1.0-56-cloud-amd64".
  kernel ? null,
  modules ? null,
  bash ? null,
  busybox ? null,
}:

let
  lib = import ./lib.nix;
  host = import ./host.nix { inherit lib system; };
  moduleSystem = import ./modules.nix { inherit lib; };
  types = import ./types.nix {
    inherit lib;
    modules = moduleSystem;
  };
  parts = import ./parts.nix {
    inherit lib host;
    given = { inherit kernel modules bash busybox; };
  };
  guests = {
    tiny = import ./guest-tiny.nix { inherit lib host parts; };
    systemd = import ./guest-systemd.nix { inherit lib host parts; };
  };
  node = import ./node.nix {
    inherit lib types moduleSystem guests pkgs;
    network = import ./network.nix { inherit lib; };
    systemdOptions = import ./systemd/options.nix { inherit lib types; };
    vm = import ./vm.nix { inherit lib host; };
  };
  driver = import ./driver.nix { inherit lib host; };
  inherit (import ./run-test.nix { inherit lib types moduleSystem host node driver pkgs; }) runModules;

  # In the shape of nixpkgs, so that a test written for it finds what it names.
  pkgs = import ./systemd/packages.nix { inherit lib host; } // {
    inherit lib pkgs;
    testers = { inherit runNixOSTest; nixosTest = runNixOSTest; };
    # Its name until 2025.
    nixosTest = runNixOSTest;
  };

  # As runTest, with machines that run systemd.
  runNixOSTest =
    module:
    runModules [
      { defaults.testkit.guest = lib.mkDefault "systemd"; }
      module
    ];
in
{
  # module: an attribute set, a function of { config, lib, pkgs, ... }, or a file with one of them.
  runTest = module: runModules [ module ];

  inherit pkgs;

  # For test modules that are not called with it: mkForce, mkDefault, mkIf.
  inherit lib;
}
