# The tests of this folder for `nix-build -A hello`, `nix-build -A hello.driverInteractive` and the like.
{
  system ? builtins.currentSystem,
  testkit ? import ../../nix/testkit { inherit system; },
}:
{
  hello = testkit.runTest ./hello.nix;
  network = testkit.runTest ./network.nix;
}
