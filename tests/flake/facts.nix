# What must hold of the outputs of flake.nix, found by calling it with the stand-in for nixpkgs.
# Gives a list of { name, holds }; tests/flake/run prints it.

let
  nixpkgs = (import ./nixpkgs/flake.nix).outputs { };
  flake = import ../../flake.nix;
  self = flake.outputs { inherit self nixpkgs; } // {
    outPath = toString ../..;
  };

  systems = [
    "aarch64-linux"
    "x86_64-linux"
  ];
  each = test: builtins.all test systems;
  names = builtins.attrNames;
  isDerivation = value: (value.type or null) == "derivation";
  # A derivation whose path can be computed: all of it was evaluated.
  evaluates = drv: isDerivation drv && builtins.substring 0 1 drv.drvPath == "/";
  package = self.packages.x86_64-linux.nixtest-dap;
  workspace = (fromTOML (builtins.readFile ../../Cargo.toml)).workspace;
in
[
  {
    name = "the only input is nixpkgs";
    holds = names flake.inputs == [ "nixpkgs" ];
  }
  {
    name = "the outputs are those the README names";
    holds =
      names (removeAttrs self [ "outPath" ]) == [
        "apps"
        "checks"
        "devShells"
        "overlays"
        "packages"
      ];
  }
  {
    name = "every output is there for both systems";
    holds = builtins.all (output: names self.${output} == systems) [
      "apps"
      "checks"
      "devShells"
      "packages"
    ];
  }
  {
    name = "the package evaluates on both systems";
    holds = each (system: evaluates self.packages.${system}.default);
  }
  {
    name = "the package carries the version of the workspace";
    holds = package.name == "nixtest-dap-${workspace.package.version}";
  }
  {
    name = "the package is built from the manifests and the crates";
    holds = package.src == "Cargo.toml Cargo.lock crates";
  }
  {
    name = "the package says its main program and both licences";
    holds =
      package.meta.mainProgram == "nixtest-dap"
      && map (license: license.spdxId) package.meta.license == [
        "MIT"
        "Apache-2.0"
      ];
  }
  {
    name = "the app runs the package's binary";
    holds = each (
      system: self.apps.${system}.default.program == "${self.packages.${system}.default}/bin/nixtest-dap"
    );
  }
  {
    name = "the dev shell evaluates on both systems";
    holds = each (system: evaluates self.devShells.${system}.default);
  }
  {
    name = "every check evaluates on both systems";
    holds = each (system: builtins.all evaluates (builtins.attrValues self.checks.${system}));
  }
  {
    name = "the package is among the checks";
    holds = each (system: self.checks.${system}.package.drvPath == self.packages.${system}.default.drvPath);
  }
  {
    name = "the overlay adds the package";
    holds =
      (self.overlays.default nixpkgs.legacyPackages.x86_64-linux { }).nixtest-dap.drvPath == package.drvPath;
  }
]
