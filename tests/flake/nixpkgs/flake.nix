# A stand-in for nixpkgs as a flake input: what flake.nix uses of it, and nothing else. It builds nothing.
{
  outputs = _: rec {
    lib = import ./lib.nix;
    legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (
      system: import ./packages.nix { inherit lib system; }
    );
  };
}
