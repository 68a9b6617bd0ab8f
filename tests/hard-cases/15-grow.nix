# Hard: the same lines for each machine of a set, whose names are those of the set.
import ./make-test-python.nix (
  { pkgs, lib, ... }:
  let
    devices = {
      root-ext = "/dev/vda2";
      root-label = "/dev/disk/by-label/root";
    };
    variable = lib.replaceStrings [ "-" ] [ "_" ];
  in
  {
    name = "grow";
    nodes = lib.mapAttrs (_name: device: { environment.etc."device".text = device; }) devices;
    testScript = lib.concatLines (
      lib.mapAttrsToList (name: device: ''
        with subtest("${name}"):
            device = "${device}"  # @stop x2
            assert ${variable name}.name == "${name}", device  # @stop x2
      '') devices
    );
  }
)
