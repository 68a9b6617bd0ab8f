# runTest: a test module becomes a derivation with the attributes that tests of NixOS have.
{ lib, types, moduleSystem, host, node, driver }:

let
  options = {
    # The test's name; it becomes part of derivation names.
    name.type = types.strMatching "a name of letters, digits and '._+-'" "[A-Za-z0-9_][A-Za-z0-9._+-]*";
    # Machines by name, see node.nix.
    nodes = {
      type = types.attrsOf types.module;
      default = { };
    };
    # Configuration that all nodes share.
    defaults = {
      type = types.module;
      default = [ ];
    };
    # The Python script.
    testScript.type = types.script;
    # Options of this list that differ in `driverInteractive`.
    interactive = {
      type = types.module;
      default = [ ];
    };
    # Seconds after which the driver ends the test.
    globalTimeout = {
      type = types.positiveInt;
      default = 3600;
    };
    # Further words for the driver's command line.
    extraDriverArgs = {
      type = types.listOfStr;
      default = [ ];
    };
    # As in any derivation.
    meta = {
      type = types.attrs;
      default = { };
    };
    # The testkit neither checks types nor lints, so these are taken and there is nothing to skip.
    skipTypeCheck = {
      type = types.bool;
      default = false;
    };
    skipLint = {
      type = types.bool;
      default = false;
    };
  };

  # The configuration of a test out of its modules, with what is computed from it.
  evaluate =
    modules:
    let
      where = whereOf modules;
      moduleArguments = {
        inherit config lib;
        pkgs = throw "${where} uses 'pkgs', and the testkit has no nixpkgs: run the test with nixpkgs' runNixOSTest";
      };
      config = moduleSystem.evaluate {
        inherit where modules options;
        arguments = moduleArguments;
      };
      nodes = builtins.mapAttrs (
        name: definitions:
        node.evaluate {
          test = where;
          modules = config.defaults ++ definitions;
          inherit name nodes;
        }
      ) config.nodes;
      testScriptString = config.testScript { inherit nodes; };
      driverConfiguration = driver.configuration {
        inherit nodes;
        inherit (config) globalTimeout;
        testScript = host.writeText "test-script" testScriptString;
      };
    in
    config
    // {
      inherit nodes testScriptString driverConfiguration;
      driver = driver.derive {
        inherit (config) name extraDriverArgs;
        configuration = driverConfiguration;
      };
      interactive = evaluate (modules ++ [ { extraDriverArgs = [ "--interactive" ]; } ] ++ config.interactive);
    };

  # Words for messages about a test. They must not need its configuration, which may be what is wrong.
  whereOf =
    modules:
    let
      names = builtins.concatLists (map (module: let name = (peek module).name or null; in if lib.isString name then [ name ] else [ ]) modules);
    in
    if names == [ ] then "test without a name" else "test '${builtins.head names}'";

  # A module's own attributes, if they can be seen without a configuration.
  peek =
    module:
    let
      value = if lib.isPath module then import module else module;
    in
    if lib.isAttrs value then value else { };

  # "file:line" of the test, by the attribute that every test has.
  positionOf =
    module:
    let
      attribute = builtins.unsafeGetAttrPos "testScript" (peek module);
    in
    if attribute == null then null else "${attribute.file}:${toString attribute.line}";

  fromModules =
    testModules:
    let
      config = evaluate testModules;
      test =
        host.derive "vm-test-run-${config.name}" ./builders/run.sh { inherit (config) driver; }
        // {
          inherit config test;
          inherit (config) driver nodes;
          driverInteractive = config.interactive.driver;
          # The same test with further modules, as `extend { modules = [ { globalTimeout = 60; } ]; }`.
          extend = { modules }: fromModules (testModules ++ modules);
          meta = { position = positionOf (builtins.head testModules); } // config.meta;
        };
    in
    test;
in
{
  # module: an attribute set, a function of { config, lib, ... }, or a file with one of them.
  runTest = module: fromModules [ module ];
}
