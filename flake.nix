# Wires the files of nix/ to the outputs of a flake. What each thing is, its own file says.
{
  description = "Debug NixOS VM tests from the editor";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forEachSystem = f: nixpkgs.lib.genAttrs systems (system: f system nixpkgs.legacyPackages.${system});
    in
    {
      packages = forEachSystem (
        system: pkgs: {
          nixtest-dap = pkgs.callPackage ./nix/package.nix { };
          default = self.packages.${system}.nixtest-dap;
        }
      );

      apps = forEachSystem (
        system: _: {
          default = {
            type = "app";
            program = "${self.packages.${system}.nixtest-dap}/bin/nixtest-dap";
            meta.description = "Debug NixOS VM tests from the editor";
          };
        }
      );

      devShells = forEachSystem (
        system: pkgs: {
          default = pkgs.callPackage ./nix/dev-shell.nix { inherit (self.packages.${system}) nixtest-dap; };
        }
      );

      checks = forEachSystem (
        system: pkgs: pkgs.callPackage ./nix/checks.nix { inherit (self.packages.${system}) nixtest-dap; }
      );

      overlays.default = final: _: { nixtest-dap = final.callPackage ./nix/package.nix { }; };
    };
}
