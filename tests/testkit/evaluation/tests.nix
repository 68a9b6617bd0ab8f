# What a test is: its derivation, its driver, and the ways to make another test of it.
{ testkit }:

let
  inherit (testkit) lib runTest pkgs;
  base = {
    name = "t";
    nodes.a = { };
    testScript = "pass";
  };
  test = runTest base;
  extended = test.extend { modules = [ { globalTimeout = 7; } { testScript = lib.mkBefore "first()"; } ]; };
  overridden = test.overrideTestDerivation { extra = "1"; };
  configuration = test: removeAttrs test.config.driverConfiguration [ "vms" ];
  hostNames = test: lib.mapAttrs (_: node: node.networking.hostName) test.nodes;
in
[
  {
    name = "a test is a derivation with the attributes of NixOS";
    actual = [
      test.name
      (lib.filter (name: test ? ${name}) [
        "driver" "driverInteractive" "nodes" "containers" "config" "test" "extend" "extendNixOS" "overrideTestDerivation" "meta"
      ])
    ];
    expected = [
      "vm-test-run-t"
      [ "driver" "driverInteractive" "nodes" "containers" "config" "test" "extend" "extendNixOS" "overrideTestDerivation" "meta" ]
    ];
  }
  {
    name = "a test's config has what tools read";
    actual = [
      test.config.name
      test.config.testScriptString
      test.config.globalTimeout
      (test.config.driver == test.driver)
      (test.config.test == test)
      (test.config.rawTestDerivation == test)
      (test.test == test)
      test.containers
      (lib.attrNames test.config.nodes)
    ];
    expected = [ "t" "pass" 3600 true true true true { } [ "a" ] ];
  }
  {
    name = "the driver's configuration has the keys of NixOS 26.05";
    actual = test.config.driverConfiguration;
    expected = {
      containers = { };
      enable_ssh_backdoor = false;
      global_timeout = 3600;
      test_script = test.config.driverConfiguration.test_script;
      vlans = [ 1 ];
      vms.a = {
        name = "a";
        start_script = "${test.nodes.a.system.build.vm}/bin/run-a-vm";
      };
    };
  }
  {
    name = "the interactive driver differs by an argument, and by what interactive says";
    actual = [
      test.driver.extraDriverArgs
      test.driverInteractive.extraDriverArgs
      test.driverInteractive.name
      (test.driver.arguments == test.driverInteractive.arguments)
    ];
    expected = [ "" "'--interactive'" "nixos-test-driver-t" true ];
  }
  {
    name = "interactive may set every option, nodes and defaults too";
    actual =
      let
        test = runTest (base // {
          interactive = { lib, ... }: {
            globalTimeout = 9;
            nodes.a.networking.hostName = "interactive";
            nodes.b = { };
            defaults.virtualisation.memorySize = 200;
            testScript = lib.mkForce "interactive()";
            extraDriverArgs = [ "--log-level" "debug" ];
          };
        });
        sides = f: [ (f test.config) (f test.config.interactive) ];
      in
      [
        (sides (config: config.globalTimeout))
        (sides (config: lib.mapAttrs (_: node: [ node.networking.hostName node.virtualisation.memorySize ]) config.nodes))
        (sides (config: config.testScriptString))
        (sides (config: config.driver.extraDriverArgs))
      ];
    expected = [
      [ 3600 9 ]
      [ { a = [ "a" 160 ]; } { a = [ "interactive" 200 ]; b = [ "b" 200 ]; } ]
      [ "pass" "interactive()" ]
      [ "" "'--log-level' 'debug' '--interactive'" ]
    ];
  }
  {
    name = "defaults are shared by all nodes, and a node's own options win over mkDefault";
    actual = hostNames (runTest {
      name = "t";
      defaults = { lib, name, ... }: { networking.hostName = lib.mkDefault "host-${name}"; };
      nodes.a = { };
      nodes.b.networking.hostName = "own";
      testScript = "";
    });
    expected = { a = "host-a"; b = "own"; };
  }
  {
    name = "extend makes another test of the same modules and more";
    actual = [ (configuration extended).global_timeout extended.config.testScriptString (extended.nodes.a.system.build.vm == test.nodes.a.system.build.vm) ];
    expected = [ 7 "first()\npass" true ];
  }
  {
    name = "extend can be repeated, and takes arguments for modules";
    actual = ((extended.extend { }).extend {
      modules = [ ({ word, ... }: { testScript = lib.mkAfter word; }) ];
      specialArgs.word = "last()";
    }).config.testScriptString;
    expected = "first()\npass\nlast()";
  }
  {
    name = "extendNixOS adds a module to every node";
    actual = hostNames (test.extendNixOS {
      module = { name, suffix, ... }: { networking.hostName = "${name}-${suffix}"; };
      specialArgs.suffix = "x";
    });
    expected.a = "a-x";
  }
  {
    name = "node.specialArgs reach the nodes' modules";
    actual = hostNames (runTest {
      name = "t";
      node.specialArgs.word = "special";
      nodes.a = { word, ... }: { networking.hostName = word; };
      testScript = "";
    });
    expected.a = "special";
  }
  {
    name = "overrideTestDerivation changes the run, by attributes or functions";
    actual = [
      overridden.extra
      (overridden.driver == test.driver)
      (test.overrideTestDerivation (old: { name = "${old.name}-more"; })).name
      (overridden.overrideTestDerivation (final: old: { seen = old.extra + final.more; more = "2"; })).seen
      (overridden.extend { modules = [ { globalTimeout = 7; } ]; }).extra
    ];
    expected = [ "1" true "vm-test-run-t-more" "12" "1" ];
  }
  {
    name = "meta says where the test is, and can be added to";
    actual =
      let
        meta = (runTest ./module-test.nix).meta;
      in
      meta // { position = baseNameOf meta.position; };
    expected = {
      position = "module-test.nix:6";
      platforms = [ "x86_64-linux" ];
      timeout = 60;
      description = "a test in a file";
    };
  }
  {
    name = "the driver says its main program";
    actual = test.driver.meta.mainProgram;
    expected = "nixos-test-driver";
  }
  {
    name = "passthru adds attributes";
    actual = (runTest (base // { passthru.extra = 1; })).extra;
    expected = 1;
  }
  {
    name = "a test may be a function of its own configuration";
    actual = (runTest ({ config, lib, pkgs, hostPkgs, ... }: base // { name = "f"; testScript = "${config.name} ${toString (lib.attrNames config.nodes)}"; })).config.testScriptString;
    expected = "f a";
  }
  {
    name = "a wrapper can pass the configuration in the environment, as before NixOS 26.05";
    actual =
      let
        test = runTest (base // {
          testkit.wrapper = "environment";
          nodes = { a = { }; b = { }; };
          globalTimeout = 60;
          extraDriverArgs = [ "--x" "it's" ];
        });
        script = name: "${test.nodes.${name}.system.build.vm}/bin/run-${name}-vm";
      in
      [ (test.driver.setup == ''
        export startScripts='${script "a"} ${script "b"}'
        export vlans='1'
        export globalTimeout='60'
        export testScript='${test.config.driverConfiguration.test_script}'
      '') test.driver.arguments test.driver.extraDriverArgs ];
    expected = [ true "" "'--x' 'it'\\''s'" ];
  }
  {
    name = "what nixpkgs knows and the testkit needs not is taken";
    actual = (runTest (base // {
      skipTypeCheck = true;
      skipLint = true;
      enableOCR = true;
      requiredFeatures.kvm = false;
      hostPkgs = pkgs;
      node.pkgs = pkgs;
      containers = { };
    })).drvPath == test.drvPath;
    expected = true;
  }
  {
    name = "the debug hook is for the run as a build";
    actual =
      let
        debugged = runTest (base // { enableDebugHook = true; });
      in
      [ test.debugHook debugged.debugHook (debugged.driver == test.driver) ];
    expected = [ "false" "true" true ];
  }
  {
    name = "an ssh backdoor is asked for in vain, and nothing fails";
    actual = [
      (runTest (base // { interactive.sshBackdoor.enable = true; })).driverInteractive.outPath
      (runTest (base // { sshBackdoor.enable = true; })).config.driverConfiguration.enable_ssh_backdoor
    ];
    expected = [ test.driverInteractive.outPath false ];
  }
  {
    name = "the script is the driver's, word for word";
    actual = (runTest (base // { testScript = "  x = 1\n\n# ä 'q' \"d\" \\\n"; })).config.testScriptString;
    expected = "  x = 1\n\n# ä 'q' \"d\" \\\n";
  }
  {
    name = "names that are no identifiers are fine";
    actual = lib.attrNames (runTest { name = "t"; nodes."web-1" = { }; nodes."1st" = { }; testScript = ""; }).config.driverConfiguration.vms;
    expected = [ "1st" "web-1" ];
  }
  {
    name = "the same test by nixpkgs' entry has machines with systemd";
    actual = (pkgs.testers.runNixOSTest base).config.nodes.a.testkit.guest;
    expected = "systemd";
  }
  {
    name = "nixpkgs' entry takes a file and a function too";
    actual = [
      (pkgs.testers.runNixOSTest ./module-test.nix).name
      (pkgs.testers.runNixOSTest ({ lib, ... }: base // { name = lib.concatStrings [ "a" "b" ]; })).name
    ];
    expected = [ "vm-test-run-in-a-file" "vm-test-run-ab" ];
  }
  {
    name = "nixpkgs' entry leaves the choice of the guest to the test";
    actual = (pkgs.testers.runNixOSTest (base // { nodes.a.testkit.guest = "tiny"; })).drvPath == test.drvPath;
    expected = true;
  }
]
