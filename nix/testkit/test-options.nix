# The options of a test, by the names of NixOS.
{ lib, types }:

let
  flag = default: {
    type = types.bool;
    inherit default;
  };
  strings = {
    type = types.listOf types.str;
    default = [ ];
  };
  module = {
    type = types.module;
    default = [ ];
  };
  attrs = {
    type = types.attrs;
    default = { };
  };
  ignored = {
    type = types.anything;
    default = null;
  };
in
{
  # The test's name; it becomes part of derivation names.
  "name".type = types.strMatching "a name of letters, digits and '._+-'" "[A-Za-z0-9_][A-Za-z0-9._+-]*";
  # Machines by name: modules with the options of node-options.nix.
  "nodes" = {
    type = types.attrsOf types.module;
    default = { };
  };
  # Configuration that all nodes share.
  "defaults" = module;
  "extraBaseModules" = module;
  # Further arguments of nodes' modules.
  "node.specialArgs" = attrs;
  # The Python script. Several definitions follow each other.
  "testScript".type = types.script;
  # Options of this list that differ in `driverInteractive`.
  "interactive" = module;
  # Seconds after which the driver ends the test.
  "globalTimeout" = {
    type = types.positiveInt;
    default = 3600;
  };
  # Further words for the driver's command line.
  "extraDriverArgs" = strings;
  # Whether `debug.breakpoint()` waits for somebody to come when the test runs as a build.
  "enableDebugHook" = flag false;
  # As in any derivation.
  "meta" = attrs;
  # Further attributes of the test's derivation.
  "passthru" = attrs;
  # How the driver gets its configuration: "config", a file, as since NixOS 26.05; or "environment", as before.
  "testkit.wrapper" = {
    type = types.enum [ "config" "environment" ];
    default = "config";
  };

  # ---- taken, and without effect here

  # The testkit neither checks types nor lints, so there is nothing to skip.
  "skipTypeCheck" = flag false;
  "skipLint" = flag false;
  # The driver reads pictures with what programs the host has.
  "enableOCR" = flag false;
  # Nix is not asked for a builder with special features.
  "requiredFeatures" = {
    type = types.attrsOf types.bool;
    default = { };
  };
  "includeTestScriptReferences" = flag true;
  "hostPkgs" = ignored;
  "node.pkgs" = ignored;
  "node.pkgsReadOnly" = flag true;

  # ---- absent here; see run-test.nix for what is said about them

  "containers" = {
    type = types.attrsOf types.module;
    default = { };
  };
  "sshBackdoor.enable" = flag false;
  "extraPythonPackages" = ignored;
}
