# Tests that cannot be debugged, for seeing that each editor tells its user why.
{
  system ? builtins.currentSystem,
  testkit ? import ../../nix/testkit { inherit system; },
}:
let
  hello = testkit.runTest ../example/hello.nix;
in
{
  # Evaluates like any other test, and then its driver cannot be built.
  broken = hello // {
    driverInteractive = derivation {
      inherit system;
      name = "nixos-test-driver-broken";
      builder = "/bin/sh";
      args = [ "-c" "echo 'this driver never builds' >&2; exit 3" ];
    };
  };
}
