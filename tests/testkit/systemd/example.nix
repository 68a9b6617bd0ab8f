# An example of NixOS's documentation, with the testkit in nixpkgs' place: whether the file fetches nixpkgs, finds it by
# NIX_PATH, or is a fragment that uses `pkgs` without saying what it is.
{ file }:

let
  nixpkgs = ./nixpkgs;
in
builtins.scopedImport {
  fetchTarball = _source: nixpkgs;
  pkgs = import nixpkgs { };
  __nixPath = [
    {
      prefix = "nixpkgs";
      path = toString nixpkgs;
    }
  ];
} file
