# The testkit in the shape of nixpkgs' test library: what the tests of this folder are made with.
{
  testkit ? import ../../nix/testkit { },
}:

let
  extended = testkit.lib // import ./lib.nix extended;
  pkgs = testkit.pkgs // {
    lib = extended;
    # A package set within the package set, as `pkgs.dockerTools` is.
    imageTools = import ./image-tools.nix;
    stdenv.hostPlatform = {
      isAarch64 = false;
      isx86_64 = true;
      is32bit = false;
    };
  };

  # A test module, or the file of one.
  runTest =
    module:
    (testkit.runTest module).extend {
      specialArgs = {
        lib = extended;
        inherit pkgs;
      };
    };
in
{
  inherit pkgs runTest;
  lib = extended;
  makeTest = runTest;
}
