# What `nix flake check` builds: the package with its tests, and a start of what was built.
# Called by `callPackage` with the package of the flake; gives an attribute set of derivations.
{ nixtest-dap, runCommand }:

{
  package = nixtest-dap;

  starts = runCommand "nixtest-dap-starts" { nativeBuildInputs = [ nixtest-dap ]; } ''
    nixtest-dap --version > $out
    grep -F ${nixtest-dap.version} $out
  '';
}
