# The packages that nix/*.nix ask for. Each is a derivation that evaluates and builds nothing; the functions that make
# packages accept the arguments that nixpkgs' own accept here, and refuse what those would not understand.
{ lib, system }:

let
  fake =
    arguments:
    let
      drv = derivation (
        {
          inherit system;
          builder = "/bin/false";
        }
        // removeAttrs arguments [ "meta" ]
      );
    in
    drv // { meta = arguments.meta or { }; };

  callPackage =
    file: overrides:
    let
      function = import file;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) packages // overrides);

  tools = lib.genAttrs [
    "cargo-deny"
    "clippy"
    "lz4"
    "mypy"
    "neovim"
    "nodejs"
    "python3"
    "qemu"
    "ruff"
    "rust-analyzer"
    "rustfmt"
    "shellcheck"
    "zstd"
  ] (name: fake { inherit name; });

  packages = tools // {
    inherit callPackage lib;

    rustPlatform.buildRustPackage =
      {
        pname,
        version,
        src,
        cargoLock,
        cargoBuildFlags,
        cargoTestFlags,
        meta,
      }:
      fake {
        name = "${pname}-${version}";
        inherit
          pname
          version
          src
          cargoBuildFlags
          cargoTestFlags
          meta
          ;
        lock = builtins.hashFile "sha256" cargoLock.lockFile;
      };

    mkShell =
      { packages, inputsFrom }:
      fake {
        name = "shell";
        nativeBuildInputs = packages;
        inputs = inputsFrom;
      };

    runCommand =
      name: environment: text:
      fake (environment // { inherit name text; });
  };
in
packages
