# The module system: how definitions meet.
{ testkit }:

let
  inherit (testkit) lib runTest;
  # The configuration of the only node of a test with these modules as the node's imports.
  node = modules: (runTest { name = "t"; nodes.machine.imports = modules; testScript = ""; }).nodes.machine;
  params = modules: (node modules).boot.kernelParams;
  script = modules: (runTest { name = "t"; imports = modules; }).config.testScriptString;
  p = words: { boot.kernelParams = words; };
in
[
  {
    name = "lists of several modules follow each other, the last module's first, as in NixOS";
    actual = params [ (p [ "a" ]) (p [ "b" ]) ];
    expected = [ "b" "a" ];
  }
  {
    name = "imports come before what imports them";
    actual = params [ { imports = [ (p [ "b" ]) (p [ "c" ]) ]; boot.kernelParams = [ "a" ]; } ];
    expected = [ "c" "b" "a" ];
  }
  {
    name = "imports of all depths come level by level, the deepest first";
    actual = params [ { imports = [ { imports = [ (p [ "c" ]) ]; boot.kernelParams = [ "b" ]; } ]; boot.kernelParams = [ "a" ]; } ];
    expected = [ "c" "b" "a" ];
  }
  {
    name = "a file that is imported twice counts once";
    actual = params [ ./module.nix ./module.nix { imports = [ (toString ./module.nix) ]; } ];
    expected = [ "from-a-file" ];
  }
  {
    name = "mkBefore and mkAfter order definitions";
    actual = params [ (p (lib.mkAfter [ "c" ])) (p [ "b" ]) (p (lib.mkBefore [ "a" ])) ];
    expected = [ "a" "b" "c" ];
  }
  {
    name = "mkOrder with the same number keeps the order of modules";
    actual = params [ (p (lib.mkOrder 1 [ "b" ])) (p (lib.mkOrder 1 [ "a" ])) ];
    expected = [ "a" "b" ];
  }
  {
    name = "mkForce wins over ordinary definitions, and those over mkDefault";
    actual = [
      (params [ (p [ "a" ]) (p (lib.mkForce [ "b" ])) ])
      (params [ (p [ "a" ]) (p (lib.mkDefault [ "b" ])) ])
      (params [ (p (lib.mkDefault [ "b" ])) ])
    ];
    expected = [ [ "b" ] [ "a" ] [ "b" ] ];
  }
  {
    name = "mkOverride of the smaller number wins";
    actual = params [ (p (lib.mkOverride 20 [ "a" ])) (p (lib.mkOverride 10 [ "b" ])) (p (lib.mkForce [ "c" ])) ];
    expected = [ "b" ];
  }
  {
    name = "a mark on a group holds for every option in it";
    actual = params [ { boot = lib.mkForce { kernelParams = [ "a" ]; }; } (p [ "b" ]) ];
    expected = [ "a" ];
  }
  {
    name = "marks within marks are those of the innermost";
    actual = params [ (lib.mkForce (p (lib.mkDefault [ "a" ]))) (p [ "b" ]) ];
    expected = [ "b" ];
  }
  {
    name = "mkIf drops a definition";
    actual = params [ (p (lib.mkIf false [ "a" ])) (lib.mkIf false (p [ "b" ])) (p (lib.mkIf true [ "c" ])) ];
    expected = [ "c" ];
  }
  {
    name = "mkIf may ask the configuration that it is part of";
    actual = params [ ({ config, ... }: lib.mkIf (config.virtualisation.cores == 2) (p [ "two" ])) { virtualisation.cores = 2; } ];
    expected = [ "two" ];
  }
  {
    name = "mkMerge stands for several definitions, at every depth";
    actual = params [
      (lib.mkMerge [ (p [ "c" ]) { boot = lib.mkMerge [ { kernelParams = lib.mkMerge [ [ "a" ] (lib.mkAfter [ "d" ]) ]; } ]; } ])
      (p [ "b" ])
    ];
    expected = [ "b" "c" "a" "d" ];
  }
  {
    name = "equal definitions of a scalar are one";
    actual = (node [ { virtualisation.cores = 3; } { virtualisation.cores = 3; } ]).virtualisation.cores;
    expected = 3;
  }
  {
    name = "config may hold the definitions, beside imports";
    actual = params [ { imports = [ (p [ "a" ]) ]; config = p [ "b" ]; } ];
    expected = [ "a" "b" ];
  }
  {
    name = "modules are functions of config, lib, name, nodes and pkgs";
    actual = params [ ({ config, lib, name, nodes, pkgs, ... }: p [ name (toString (lib.attrNames nodes)) (toString (builtins.isAttrs pkgs)) config.networking.hostName ]) ];
    expected = [ "machine" "machine" "1" "machine" ];
  }
  {
    name = "marks work inside attributes and inside their options";
    actual =
      let
        etc = (node [
          { environment.etc.a.text = "one"; environment.etc.gone = lib.mkIf false { text = ""; }; }
          { environment.etc.a.text = lib.mkBefore "zero"; }
          { environment.etc = lib.mkMerge [ { b.text = "b"; } { b.mode = lib.mkForce "0600"; b.enable = lib.mkDefault false; } ]; }
          { environment.etc.b.mode = "0644"; }
        ]).environment.etc;
      in
      lib.mapAttrs (_: file: [ file.text file.mode file.enable ]) etc;
    expected = {
      a = [ "zero\none" "symlink" true ];
      b = [ "b" "0600" false ];
    };
  }
  {
    name = "a value that nobody asks for is not evaluated";
    actual = (node [ { networking.extraHosts = throw "evaluated"; virtualisation.memorySize = 99; } ]).virtualisation.memorySize;
    expected = 99;
  }
  {
    name = "scripts of several modules are one, in the order of modules";
    actual = script [ { testScript = "b()"; } { testScript = "a()"; } ];
    expected = "a()\nb()";
  }
  {
    name = "scripts may be text and functions, with mkBefore and mkAfter";
    actual = script [
      { testScript = lib.mkAfter ({ nodes, ... }: "end(${toString (lib.length (lib.attrNames nodes))})"); }
      { testScript = "middle()\n"; }
      { testScript = lib.mkBefore "begin()"; }
      { nodes.one = { }; nodes.two = { }; }
    ];
    expected = "begin()\nmiddle()\n\nend(2)";
  }
  {
    name = "a script that is forced is the only one";
    actual = script [ { testScript = "a()"; } { testScript = lib.mkForce "b()"; } ];
    expected = "b()";
  }
  {
    name = "a script's function gets what it names";
    actual = script [ { testScript = { nodes }: toString (lib.attrNames nodes); } { testScript = { containers }: toString (lib.attrNames containers); } { testScript = arguments: toString (lib.attrNames arguments); } ];
    expected = "containers nodes\n\n";
  }
]
