# Makes a test of a set, or of a function of `{ pkgs, lib, ... }`, as files of nixpkgs do with the file of this name.
test:

let
  inherit (import ./testing.nix { }) makeTest pkgs lib;
in
makeTest (if lib.isFunction test then test { inherit pkgs lib; } else test)
