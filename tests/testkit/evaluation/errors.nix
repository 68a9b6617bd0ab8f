# Mistakes in tests, and the one sentence that each of them gets: a list of { name; fails; says; }.
let
  testkit = import ../../../nix/testkit { system = "x86_64-linux"; };
  inherit (testkit) lib runTest;
  base = {
    name = "t";
    nodes.m = { };
    testScript = "";
  };
  test = changes: (runTest (base // changes)).drvPath;
  # What a machine is made of, evaluated to the end.
  node = module: (runTest (base // { nodes.m = module; })).nodes.m.system.build.vm.drvPath;
  option = path: module: lib.getAttrFromPath (lib.splitString "." path) (runTest (base // { nodes.m = module; })).nodes.m;
in
[
  {
    name = "an option with a typing error";
    fails = node { virtualisation.memroySize = 1; };
    says = "test 't': node 'm': there is no option 'virtualisation.memroySize': is 'virtualisation.memorySize' meant?";
  }
  {
    name = "an option in the wrong group";
    fails = node { networking.vlans = [ 1 ]; };
    says = "test 't': node 'm': there is no option 'networking.vlans': is 'virtualisation.vlans' meant?";
  }
  {
    name = "an option that the group lacks";
    fails = node { networking.wireless.enable = true; };
    says = "test 't': node 'm': there is no option 'networking.wireless': below 'networking' the testkit has 'networking.defaultGateway', 'networking.domain', 'networking.extraHosts', 'networking.firewall', 'networking.hostName', 'networking.hosts', 'networking.interfaces', 'networking.nameservers', 'networking.primaryIPAddress', 'networking.primaryIPv6Address', 'networking.useDHCP'";
  }
  {
    name = "an option of a group that is not there";
    fails = test { frobnicate.enable = true; };
    says = "test 't': there is no option 'frobnicate': the testkit has options below 'containers', 'defaults', 'enableDebugHook', 'enableOCR', 'extraBaseModules', 'extraDriverArgs', 'extraPythonPackages', 'globalTimeout', 'hostPkgs', 'includeTestScriptReferences', 'interactive', 'meta', 'name', 'node', 'nodes', 'passthru', 'requiredFeatures', 'skipLint', 'skipTypeCheck', 'sshBackdoor', 'testScript', 'testkit'";
  }
  {
    name = "an option inside an attribute";
    fails = node { environment.etc.motd.txt = "hi"; };
    says = "test 't': node 'm': there is no option 'environment.etc.motd.txt': is 'environment.etc.motd.text' meant?";
  }
  {
    name = "a group that is no set";
    fails = node { virtualisation = 5; };
    says = "test 't': node 'm': 'virtualisation' is a group of options and must be an attribute set, not int 5";
  }
  {
    name = "a number that should be one";
    fails = node { virtualisation.memorySize = "1G"; };
    says = "test 't': node 'm': the option 'virtualisation.memorySize' must be a whole number above zero, not the string \"1G\"";
  }
  {
    name = "a machine that boots from a disk which it does not have";
    fails = node { testkit.guest = "systemd"; virtualisation.diskImage = null; };
    says = "node 'm': a guest with systemd boots from its disk, so 'virtualisation.diskImage' cannot be null";
  }
  {
    name = "an option for systemd on a tiny machine";
    fails = node { systemd.services.x.script = "true"; };
    says = "test 't': node 'm': the option 'systemd.services' needs a guest with systemd: set testkit.guest = \"systemd\"";
  }
  {
    name = "an option inside a service";
    fails = node { testkit.guest = "systemd"; systemd.services.x.scrpt = "true"; };
    says = "test 't': node 'm': there is no option 'systemd.services.x.scrpt': is 'systemd.services.x.script' meant?";
  }
  {
    name = "an element of a list";
    fails = node { virtualisation.vlans = [ 1 256 ]; };
    says = "test 't': node 'm': the option 'virtualisation.vlans.2' must be the number of a VLAN, 1 to 255, not int 256";
  }
  {
    name = "an option deep in a list";
    fails = node { virtualisation.forwardPorts = [ { host.port = 70000; guest.port = 1; } ]; };
    says = "test 't': node 'm': the option 'virtualisation.forwardPorts.1.host.port' must be a port, 0 to 65535, not int 70000";
  }
  {
    name = "an option that a part must have";
    fails = node { virtualisation.forwardPorts = [ { host.port = 1; } ]; };
    says = "test 't': node 'm': the option 'virtualisation.forwardPorts.1.guest.port' is missing: set it to a port, 0 to 65535";
  }
  {
    name = "a choice that is none";
    fails = node { testkit.guest = "windows"; };
    says = "test 't': node 'm': the option 'testkit.guest' must be one of \"systemd\", \"tiny\", not the string \"windows\"";
  }
  {
    name = "an option of the other guest";
    fails = node { systemd.services.x.script = ""; };
    says = "test 't': node 'm': the option 'systemd.services' needs a guest with systemd: set testkit.guest = \"systemd\"";
  }
  {
    name = "two answers to one question";
    fails = option "virtualisation.cores" { imports = [ { virtualisation.cores = 1; } { virtualisation.cores = 2; } ]; };
    says = "test 't': node 'm': the option 'virtualisation.cores' has 2 different definitions: leave one, or mark the one that counts with 'lib.mkForce'";
  }
  {
    name = "a host name that is none";
    fails = node { networking.hostName = "a.b"; };
    says = "test 't': node 'm': the option 'networking.hostName' must be a host name (letters, digits, '-' and '_', at most 63), not the string \"a.b\"";
  }
  {
    name = "a node name that is no host name";
    fails = test { nodes."not a name" = { }; };
    says = "test 't': the node name 'not a name' is not a host name: use letters, digits, '-' and '_', at most 63";
  }
  {
    name = "a node name with a letter that is not ASCII";
    fails = test { nodes."mäc" = { }; };
    says = "test 't': the node name 'mäc' is not a host name: use letters, digits, '-' and '_', at most 63";
  }
  {
    name = "two nodes that are one variable";
    fails = test { nodes = { web-1 = { }; web_1 = { }; }; };
    says = "test 't': the nodes 'web-1' and 'web_1' are both 'web_1' to the script: rename one";
  }
  {
    name = "a file of /etc that is not below it";
    fails = node { environment.etc."../passwd".text = ""; };
    says = "test 't': node 'm': the option 'environment.etc' has the name '../passwd', which is not a path below /etc of letters, digits and '._+@-'";
  }
  {
    name = "a file of /etc without contents";
    fails = node { environment.etc.x.mode = "0644"; };
    says = "test 't': node 'm': the option 'environment.etc' needs either 'text' or 'source' for 'x'";
  }
  {
    name = "a file of /etc with two contents";
    fails = node { environment.etc.x = { text = ""; source = ./errors.nix; }; };
    says = "test 't': node 'm': the option 'environment.etc' needs either 'text' or 'source' for 'x'";
  }
  {
    name = "permissions that are none";
    fails = node { environment.etc.x = { text = ""; mode = "rw"; }; };
    says = "test 't': node 'm': the option 'environment.etc.x.mode' must be octal permissions such as \"0600\", or \"symlink\", not the string \"rw\"";
  }
  {
    name = "more machines than the addresses of a VLAN";
    fails = test { nodes = lib.genAttrs (map (number: "n${toString number}") (lib.range 1 255)) (_: { }); };
    says = "test 't' has 255 nodes, and the addresses of a VLAN are for 254: take some away";
  }
  {
    name = "a test without a script";
    fails = (runTest { name = "t"; }).drvPath;
    says = "test 't': the option 'testScript' is missing: set it to a string, or a function of '{ nodes, ... }' to a string";
  }
  {
    name = "a test without a name";
    fails = (runTest { testScript = ""; }).drvPath;
    says = "test without a name: the option 'name' is missing: set it to a name of letters, digits and '._+-'";
  }
  {
    name = "a name that the store would not take";
    fails = test { name = "a b"; };
    says = "test 'a b': the option 'name' must be a name of letters, digits and '._+-', not the string \"a b\"";
  }
  {
    name = "a script that is no text";
    fails = test { testScript = [ "a()" ]; };
    says = "test 't': the option 'testScript' must be a string, or a function of '{ nodes, ... }' to a string, not a list";
  }
  {
    name = "a script's function that gives no text";
    fails = test { testScript = { nodes, ... }: nodes; };
    says = "test 't': the option 'testScript' is a function that gives { m = { … }; }, not a string";
  }
  {
    name = "a module that is none";
    fails = (runTest "test.nix").drvPath;
    says = "test without a name: a module must be an attribute set, a function or a file, not the string \"test.nix\"";
  }
  {
    name = "a module that declares options";
    fails = node { options.foo = { }; };
    says = "test 't': node 'm': a module declares options, and modules of the testkit can only define those it has: remove 'options'";
  }
  {
    name = "containers";
    fails = test { containers.c = { }; };
    says = "test 't' has containers, and the testkit makes machines only: move 'c' to 'nodes'";
  }
  {
    name = "Python packages";
    fails = test { extraPythonPackages = p: [ p.numpy ]; };
    says = "test 't' sets 'extraPythonPackages', and the testkit's driver runs on the host's Python: install the packages there, or run the test with nixpkgs";
  }
  {
    name = "a package that the testkit does not have";
    fails = test { testScript = "${testkit.pkgs.frobnicate}"; };
    says = "attribute 'frobnicate' missing";
  }
  {
    name = "half a kernel";
    fails = ((import ../../../nix/testkit { system = "x86_64-linux"; kernel = "/boot/vmlinuz"; }).runTest base).drvPath;
    says = "testkit: 'kernel' and 'modules' belong together: give both or neither";
  }
  {
    name = "a platform without guests";
    fails = ((import ../../../nix/testkit { system = "riscv64-linux"; }).runTest base).drvPath;
    says = "testkit: guests exist for the system 'x86_64-linux' only, not for 'riscv64-linux'";
  }
]
