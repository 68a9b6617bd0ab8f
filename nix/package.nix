# The nixtest-dap binary, with the agent for the test driver inside it. Called by `callPackage`.
# It finds Nix and QEMU where its user has them: a test must run with the Nix that its project uses.
{ lib, rustPlatform }:

let
  workspace = (lib.importTOML ../Cargo.toml).workspace;
in
rustPlatform.buildRustPackage {
  pname = "nixtest-dap";
  inherit (workspace.package) version;

  # Only what is compiled: an edit of a test or a page rebuilds nothing.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.toml
      ../Cargo.lock
      ../crates
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;

  cargoBuildFlags = [
    "--package"
    "nixtest-dap"
  ];
  # Tests of the upper floors start Nix, QEMU and drivers, which a build cannot; the ground floor needs nothing.
  cargoTestFlags = [
    "--package"
    "source-map"
    "--package"
    "dap-protocol"
  ];

  meta = {
    description = "Debug NixOS VM tests from the editor";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    mainProgram = "nixtest-dap";
    platforms = lib.platforms.linux;
  };
}
