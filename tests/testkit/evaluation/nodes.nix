# Options of nodes that are about the machine itself, and what becomes of them.
{ testkit }:

let
  inherit (testkit) lib runTest;
  nodesOf = nodes: (runTest { name = "t"; inherit nodes; testScript = ""; }).nodes;
  node = module: (nodesOf { machine = module; }).machine;
  vm = module: (node module).system.build.vm;
  # "MODE PATH" of the files that a machine gets of its own.
  modes =
    module:
    map (line: lib.head (builtins.match "([^ ]* [^ ]*) .*" line)) (
      lib.filter (line: line != "") (lib.splitString "\n" (vm module).files)
    );
in
[
  {
    name = "a machine without options";
    actual = (node { }).virtualisation;
    expected = {
      additionalPaths = [ ];
      cores = 1;
      diskImage = "./machine.qcow2";
      diskSize = 1024;
      emptyDiskImages = [ ];
      forwardPorts = [ ];
      graphics = true;
      interfaces = { };
      memorySize = 160;
      qemu.networkingOptions = [
        "-netdev user,id=user.0\"\${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}\""
        "-device virtio-net-pci,netdev=user.0,romfile="
      ];
      qemu.options = [ ];
      restrictNetwork = false;
      useNixStoreImage = true;
      vlans = [ 1 ];
      writableStore = true;
    };
  }
  {
    name = "a machine is called by its node's name, and is tiny";
    actual = [ (node { }).networking.hostName (node { }).system.name (node { }).testkit.guest ];
    expected = [ "machine" "machine" "tiny" ];
  }
  {
    name = "memory, processors, graphics and kernel parameters reach the start script";
    actual =
      let
        inherit (vm {
          virtualisation = { memorySize = 300; cores = 2; graphics = false; };
          boot.kernelParams = [ "a='b c'" "d" ];
        }) memorySize cores graphics kernelParams;
      in
      [ memorySize cores graphics (lib.hasSuffix " a='\\''b c'\\'' d'" kernelParams) ];
    expected = [ "300" "2" "-nographic" true ];
  }
  {
    name = "QEMU's options come last, as the shell reads them";
    actual = lib.last (lib.splitString "\n  " (vm { virtualisation.qemu.options = [ "-drive \"file=$X\"" "-snapshot" ]; }).devices);
    expected = "-snapshot";
  }
  {
    name = "blank disks follow the first, by their sizes";
    actual =
      let
        machine = vm { virtualisation.emptyDiskImages = [ 20 { size = 30; } ]; };
      in
      [ machine.emptyDisks (lib.filter (lib.hasPrefix "-drive") (lib.splitString "\n  " machine.devices)) ];
    expected = [
      "20 30"
      [
        "-drive if=none,id=root,file=\"\${disk//,/,,}\",format=qcow2,cache=unsafe -device virtio-blk-pci,drive=root,serial=root"
        "-drive if=none,id=empty0,file=empty0.qcow2,format=qcow2,cache=unsafe -device virtio-blk-pci,drive=empty0,serial=empty0"
        "-drive if=none,id=empty1,file=empty1.qcow2,format=qcow2,cache=unsafe -device virtio-blk-pci,drive=empty1,serial=empty1"
      ]
    ];
  }
  {
    name = "a machine may have no disk";
    actual =
      let
        machine = vm { virtualisation.diskImage = null; };
      in
      [ machine.diskImage (lib.filter (lib.hasPrefix "-drive") (lib.splitString "\n  " machine.devices)) ];
    expected = [ "" [ ] ];
  }
  {
    name = "a machine gets these files, and those of environment.etc with their modes";
    actual = modes {
      environment.etc = {
        "a".text = "";
        "b/c" = { text = ""; mode = "0600"; };
        "d.conf".source = ./module.nix;
        "gone" = { text = ""; enable = false; };
        "e" = { text = ""; target = "other/f"; };
      };
    };
    expected = [
      "copy etc/a"
      "0600 etc/b/c"
      "copy etc/d.conf"
      "0644 etc/hostname"
      "0644 etc/hosts"
      "copy etc/other/f"
      "0644 etc/profile.d/60-testkit.sh"
      "0644 etc/resolv.conf"
      "0644 etc/sysctl.d/60-testkit.conf"
      "0644 etc/testkit/network"
    ];
  }
  {
    name = "environment.etc wins over the testkit's own files";
    actual = lib.elem "copy etc/hosts" (modes { environment.etc.hosts.text = "127.0.0.1 here\n"; });
    expected = true;
  }
  {
    name = "a file whose name the store would not take is copied all the same";
    actual = builtins.isString (vm { environment.etc.a.source = builtins.toPath "${toString ./.}/. odd ä name"; }).drvPath;
    expected = true;
  }
  {
    name = "a node knows its name and what others have configured";
    actual = lib.mapAttrs (_: node: node.boot.kernelParams) (nodesOf {
      one = { name, nodes, ... }: { boot.kernelParams = [ name nodes.two.networking.hostName ]; };
      two.networking.hostName = "second";
    });
    expected = { one = [ "one" "second" ]; two = [ ]; };
  }
  {
    name = "equal nodes of different tests are one machine";
    actual = (vm { }).outPath == (runTest { name = "other"; nodes.machine = { }; testScript = "other()"; }).nodes.machine.system.build.vm.outPath;
    expected = true;
  }
]
