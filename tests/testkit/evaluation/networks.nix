# Addresses, names and network cards.
{ testkit }:

let
  inherit (testkit) lib runTest;
  nodesOf = nodes: (runTest { name = "t"; inherit nodes; testScript = ""; }).nodes;
  network = import ../../../nix/testkit/network.nix { inherit lib; };
  steps = node: lib.concatLines (network.steps node);
  # QEMU's words of the start script, one device on each line.
  devices = node: lib.splitString "\n  " node.system.build.vm.devices;
  pair = nodesOf { web = { }; client = { }; };
  networks = nodesOf {
    a.virtualisation.vlans = [ 2 17 ];
    b = { lib, ... }: {
      virtualisation.vlans = [ 17 ];
      networking.domain = "example.org";
      networking.interfaces.eth1.ipv4.addresses = lib.mkForce [ { address = "10.1.2.3"; prefixLength = 8; } ];
    };
    lonely.virtualisation.vlans = [ ];
    named.virtualisation.interfaces = {
      lan = { vlan = 3; assignIP = true; };
      wan.vlan = 4;
    };
  };
  vlans = test: test.config.driverConfiguration.vlans;
in
[
  {
    name = "nodes are numbered by their sorted names";
    actual = lib.mapAttrs (_: node: [ node.networking.primaryIPAddress node.networking.primaryIPv6Address ]) pair;
    expected = {
      client = [ "192.168.1.1" "2001:db8:1::1" ];
      web = [ "192.168.1.2" "2001:db8:1::2" ];
    };
  }
  {
    name = "interfaces are eth1, eth2 … in the order of the VLANs";
    actual = networks.a.networking.interfaces;
    expected = {
      eth1 = {
        ipv4.addresses = [ { address = "192.168.2.1"; prefixLength = 24; } ];
        ipv6.addresses = [ { address = "2001:db8:2::1"; prefixLength = 64; } ];
        ipv4.routes = [ ];
        ipv6.routes = [ ];
        useDHCP = false;
      };
      eth2 = {
        ipv4.addresses = [ { address = "192.168.17.1"; prefixLength = 24; } ];
        ipv6.addresses = [ { address = "2001:db8:17::1"; prefixLength = 64; } ];
        ipv4.routes = [ ];
        ipv6.routes = [ ];
        useDHCP = false;
      };
    };
  }
  {
    name = "the primary address is that of the first VLAN";
    actual = networks.a.networking.primaryIPAddress;
    expected = "192.168.2.1";
  }
  {
    name = "an interface's own addresses can take the place of the rule's";
    actual = networks.b.networking.interfaces.eth1.ipv4.addresses;
    expected = [ { address = "10.1.2.3"; prefixLength = 8; } ];
  }
  {
    name = "a machine on no VLAN has no address and is in nobody's hosts";
    actual = [ networks.lonely.networking.primaryIPAddress (lib.hasInfix "lonely" (network.hostsFile networks.a networks)) ];
    expected = [ "" false ];
  }
  {
    name = "every machine knows every other by name, in both address families";
    actual = network.hostsFile networks.a networks;
    expected = ''
      127.0.0.1 localhost
      ::1 localhost
      127.0.0.2 a
      192.168.2.1 a
      2001:db8:2::1 a
      192.168.17.2 b.example.org b
      2001:db8:17::2 b.example.org b
      192.168.3.4 named
      2001:db8:3::4 named
    '';
  }
  {
    name = "a host name is what others know, not the node's name";
    actual =
      let
        nodes = nodesOf { a = { }; b.networking.hostName = "other"; };
      in
      network.hostsFile nodes.a nodes;
    expected = ''
      127.0.0.1 localhost
      ::1 localhost
      127.0.0.2 a
      192.168.1.1 a
      2001:db8:1::1 a
      192.168.1.2 other
      2001:db8:1::2 other
    '';
  }
  {
    name = "hosts and extraHosts add to the hosts";
    actual =
      let
        nodes = nodesOf {
          a.virtualisation.vlans = [ ];
          a.networking.hosts."10.0.0.1" = [ "one" "uno" ];
          a.networking.extraHosts = "10.0.0.2 two";
        };
      in
      network.hostsFile nodes.a nodes;
    expected = ''
      127.0.0.1 localhost
      ::1 localhost
      127.0.0.2 a
      10.0.0.1 one uno
      10.0.0.2 two
    '';
  }
  {
    name = "the guest is told every step";
    actual = steps networks.a;
    expected = ''
      link set lo up
      link set eth0 up
      address add 10.0.2.15/24 dev eth0
      link set eth1 up
      address add 192.168.2.1/24 dev eth1
      address add 2001:db8:2::1/64 dev eth1
      link set eth2 up
      address add 192.168.17.1/24 dev eth2
      address add 2001:db8:17::1/64 dev eth2
      route add default via 10.0.2.2
    '';
  }
  {
    name = "an interface may have a name of its own, with an address or without";
    actual = steps networks.named;
    expected = ''
      link set eth2 name wan
      link set eth1 name lan
      link set lo up
      link set eth0 up
      address add 10.0.2.15/24 dev eth0
      link set lan up
      address add 192.168.3.4/24 dev lan
      address add 2001:db8:3::4/64 dev lan
      route add default via 10.0.2.2
    '';
  }
  {
    name = "routes lead where the configuration says, and the gateway may be another than eth0's";
    actual = steps (nodesOf {
      a = {
        networking.defaultGateway.address = "192.168.1.9";
        networking.interfaces.eth1.ipv4.routes = [
          { address = "10.0.0.0"; prefixLength = 8; via = "192.168.1.2"; }
          { address = "172.16.0.0"; prefixLength = 12; }
        ];
      };
    }).a;
    expected = ''
      link set lo up
      link set eth0 up
      address add 10.0.2.15/24 dev eth0
      link set eth1 up
      address add 192.168.1.1/24 dev eth1
      address add 2001:db8:1::1/64 dev eth1
      route add 10.0.0.0/8 via 192.168.1.2 dev eth1
      route add 172.16.0.0/12 dev eth1
      route add default via 192.168.1.9
    '';
  }
  {
    name = "without eth0 the names of the others stay";
    actual = steps (nodesOf { a = { virtualisation.vlans = [ 1 2 ]; virtualisation.qemu.networkingOptions = lib.mkForce [ ]; }; }).a;
    expected = ''
      link set eth1 name eth2
      link set eth0 name eth1
      link set lo up
      link set eth1 up
      address add 192.168.1.1/24 dev eth1
      address add 2001:db8:1::1/64 dev eth1
      link set eth2 up
      address add 192.168.2.1/24 dev eth2
      address add 2001:db8:2::1/64 dev eth2
    '';
  }
  {
    name = "cards have the addresses of NixOS and switches by their variables";
    actual = devices networks.a;
    expected = [
      "-netdev user,id=user.0\"\${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}\""
      "-device virtio-net-pci,netdev=user.0,romfile="
      "-netdev \"$(vlan 2 vlan1)\" -device virtio-net-pci,netdev=vlan1,mac=52:54:00:12:02:01,romfile="
      "-netdev \"$(vlan 17 vlan2)\" -device virtio-net-pci,netdev=vlan2,mac=52:54:00:12:11:01,romfile="
      "-drive if=none,id=root,file=\"\${disk//,/,,}\",format=qcow2,cache=unsafe -device virtio-blk-pci,drive=root,serial=root"
    ];
  }
  {
    name = "ports are forwarded, and the network can be closed";
    actual = lib.head (devices (nodesOf {
      a = {
        virtualisation.restrictNetwork = true;
        virtualisation.forwardPorts = [
          { from = "host"; host.port = 2222; guest.port = 22; }
          { host.address = "127.0.0.1"; host.port = 53; guest.address = "10.0.2.15"; guest.port = 5353; proto = "udp"; }
        ];
      };
    }).a);
    expected = "-netdev user,id=user.0',restrict=on,hostfwd=tcp::2222-:22,hostfwd=udp:127.0.0.1:53-10.0.2.15:5353'\"\${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}\"";
  }
  {
    name = "the driver starts each VLAN once, in order";
    actual = vlans (runTest {
      name = "t";
      nodes.a.virtualisation.vlans = [ 30 2 ];
      nodes.b.virtualisation.vlans = [ 2 1 ];
      nodes.c.virtualisation.interfaces.x.vlan = 4;
      nodes.d.virtualisation.vlans = [ ];
      testScript = "";
    });
    expected = [ 1 2 4 30 ];
  }
  {
    name = "a firewall may be configured, and there is none";
    actual = (nodesOf { a.networking.firewall = { enable = false; allowedTCPPorts = [ 80 ]; }; }).a.system.build.vm == (nodesOf { a = { }; }).a.system.build.vm;
    expected = true;
  }
]
