# The testkit: NixOS-like VM tests with real Nix and real QEMU, without NixOS and without nixpkgs.
#
#   testkit = import ./nix/testkit { };
#   testkit.runTest { name = "hello"; nodes.machine = { }; testScript = "machine.succeed('true')"; }
#
# Machines are made of the host distribution's packages by builders that use the host's tools, so Nix must build
# without a sandbox ('sandbox = false' or 'relaxed'). What it does not do: NixOS modules, networks, disks.
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
  types = import ./types.nix { inherit lib; };
  moduleSystem = import ./modules.nix { inherit lib; };
  host = import ./host.nix { inherit system; };
  guest = import ./guest-tiny.nix {
    inherit lib host;
    parts = { inherit kernel modules bash busybox; };
  };
  node = import ./node.nix { inherit lib types moduleSystem guest; };
  driver = import ./driver.nix { inherit lib host; };
in
{
  inherit (import ./run-test.nix { inherit lib types moduleSystem host node driver; }) runTest;

  # For test modules that are not called with it: mkForce, mkDefault, mkIf.
  inherit lib;
}
