# Stands for nixpkgs in examples.
{ ... }: (import ../../../../nix/testkit { }).pkgs
