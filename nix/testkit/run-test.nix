# runTest: test modules become a derivation with the attributes that tests of NixOS have.
{ lib, types, moduleSystem, host, node, driver, pkgs }:

let
  options = import ./test-options.nix { inherit lib types; };
  referencesOf = import ./systemd/references.nix { inherit lib; };

  # What the driver makes of a machine's name, so that a script can use it as a variable.
  pythonName =
    name:
    let
      letter = pattern: character: if builtins.match pattern character == null then "_" else character;
    in
    letter "[A-Za-z_]" (lib.substring 0 1 name)
    + lib.concatMapStrings (letter "[A-Za-z0-9_]") (lib.letters (lib.substring 1 (lib.stringLength name) name));

  # The names of nodes that are one and the same variable for a script, as a list of such lists.
  ambiguous = names: lib.filter (same: lib.length same > 1) (lib.attrValues (lib.groupBy pythonName names));

  # `value`, unless the test asks for what the testkit does not have.
  checked =
    where: config: value:
    let
      names = lib.attrNames config.nodes;
      clashes = ambiguous names;
    in
    if lib.length names > 254 then
      throw "${where} has ${toString (lib.length names)} nodes, and the addresses of a VLAN are for 254: take some away"
    else if config.containers != { } then
      throw "${where} has containers, and the testkit makes machines only: move '${lib.head (lib.attrNames config.containers)}' to 'nodes'"
    else if config.extraPythonPackages != null then
      throw "${where} sets 'extraPythonPackages', and the testkit's driver runs on the host's Python: install the packages there, or run the test with nixpkgs"
    else if clashes != [ ] then
      throw "${where}: the nodes ${lib.concatMapStringsSep " and " (name: "'${name}'") (lib.head clashes)} are both '${pythonName (lib.head (lib.head clashes))}' to the script: rename one"
    else if config.sshBackdoor.enable then
      builtins.trace "testkit: ${where} sets 'sshBackdoor.enable', which has no effect: machines of the testkit have no vsock" value
    else
      value;

  # Words for messages about a test. They must not need its configuration, which may be what is wrong.
  whereOf =
    modules:
    let
      names = lib.concatMap (
        module:
        let
          name = (peek module).name or null;
        in
        lib.optional (lib.isString name) name
      ) modules;
    in
    if names == [ ] then "test without a name" else "test '${lib.head names}'";

  # A module's own attributes, if they can be seen without a configuration.
  peek =
    module:
    let
      value = if lib.isPath module then import module else module;
    in
    if lib.isAttrs value then value else { };

  # "file:line" of the test, by the attribute that every test has.
  positionOf =
    modules:
    let
      attribute = lib.findFirst (position: position != null) null (
        map (module: builtins.unsafeGetAttrPos "testScript" (peek module)) modules
      );
    in
    if attribute == null then null else "${attribute.file}:${toString attribute.line}";

  # The configuration of a test, with what is computed from it. `request` is all that a test is made of:
  #   modules       in order
  #   specialArgs   further arguments of test modules
  #   overrides     functions that change the attributes of the run's derivation, in order
  evaluate =
    { modules, specialArgs, overrides }@request:
    let
      where = whereOf modules;
      defined =
        (moduleSystem.evaluate {
          inherit where modules options;
          arguments = {
            inherit config lib pkgs;
            inherit (config) nodes;
            hostPkgs = pkgs;
          }
          // specialArgs;
        }).config;

      numbers = lib.listToAttrs (lib.imap1 (number: name: lib.nameValuePair name number) (lib.attrNames defined.nodes));
      # What the script calls by its place in the store has to be in the machines that have a store.
      withReferences =
        node:
        lib.mkIf (defined.includeTestScriptReferences && node.config.testkit.guest == "systemd") {
          virtualisation.additionalPaths = referencesOf config.testScriptString;
        };
      nodeOf =
        name: definitions:
        node.evaluate {
          test = where;
          number = numbers.${name};
          modules = defined.extraBaseModules ++ defined.defaults ++ [ withReferences ] ++ definitions;
          inherit (defined.node) specialArgs;
          inherit (config) nodes;
          inherit name;
        };

      config = defined // {
        nodes = lib.mapAttrs nodeOf defined.nodes;
        testScriptString = defined.testScript {
          inherit (config) nodes;
          containers = { };
        };
        driverConfiguration = checked where defined (
          driver.configuration {
            inherit (config) nodes;
            inherit (defined) globalTimeout;
            testScript = host.writeText "test-script" config.testScriptString;
          }
        );
        driver = driver.derive {
          inherit (defined) name extraDriverArgs;
          inherit (defined.testkit) wrapper;
          configuration = config.driverConfiguration;
        };
        interactive = evaluate (
          request // { modules = modules ++ [ { extraDriverArgs = [ "--interactive" ]; } ] ++ defined.interactive; }
        );
        rawTestDerivationArg = lib.foldl' override {
          name = "vm-test-run-${defined.name}";
          inherit (config) driver;
          debugHook = lib.boolToString defined.enableDebugHook;
          attach = host.file ./builders/attach.sh;
        } overrides;
        rawTestDerivation =
          host.derive config.rawTestDerivationArg.name ./builders/run.sh
            (removeAttrs config.rawTestDerivationArg [ "name" ]);
        test = testOf request config;
      };
    in
    config;

  # Applies what `overrideTestDerivation` was given: new attributes, or a function of the old ones, or of the final and
  # the old ones.
  override =
    attributes: change:
    let
      changed = if lib.isFunction change then change attributes else change;
      final = attributes // (if lib.isFunction changed then change final attributes else changed);
    in
    final;

  # The derivation that runs the test as its build, and what else a test has.
  testOf =
    request: config:
    let
      with' = changes: (evaluate (request // changes)).test;
      test =
        config.rawTestDerivation
        // {
          inherit config test;
          inherit (config) driver nodes;
          containers = { };
          driverInteractive = config.interactive.driver;
          # The same test with further modules, as `extend { modules = [ { globalTimeout = 60; } ]; }`.
          extend =
            {
              modules ? [ ],
              specialArgs ? { },
            }:
            with' {
              modules = request.modules ++ modules;
              specialArgs = request.specialArgs // specialArgs;
            };
          # The same test with a further module in every node.
          extendNixOS =
            {
              module,
              specialArgs ? { },
            }:
            with' {
              modules = request.modules ++ [
                {
                  extraBaseModules = module;
                  node = { inherit specialArgs; };
                }
              ];
            };
          # The same test with other attributes of the derivation that runs it.
          overrideTestDerivation = change: with' { overrides = request.overrides ++ [ change ]; };
          meta = {
            position = positionOf request.modules;
            platforms = [ "x86_64-linux" ];
            timeout = 3600;
          }
          // config.meta;
        }
        // config.passthru;
    in
    test;
in
{
  # modules: each an attribute set, a function of { config, lib, pkgs, ... }, or a file with one of them.
  runModules =
    modules:
    (evaluate {
      inherit modules;
      specialArgs = { };
      overrides = [ ];
    }).test;
}
