# The options of a node, by the names of NixOS, that every guest understands. What only the systemd guest has is in
# systemd/options.nix.
{ lib, types }:

let
  hostName = types.strMatching "a host name (letters, digits, '-' and '_', at most 63)" "[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
  # One that ends up in 192.168.N.x and in the last but one byte of a MAC address.
  vlan = types.numberThat "the number of a VLAN, 1 to 255" (value: value >= 1 && value <= 255);
  # Bits of an address that name the network.
  prefixLength =
    longest: types.numberThat "a prefix length, 0 to ${toString longest}" (value: value >= 0 && value <= longest);
  addresses = longest: {
    type = types.listOf (
      types.submodule {
        # The address itself, without a prefix.
        address.type = types.str;
        prefixLength.type = prefixLength longest;
      }
    );
    default = [ ];
  };
  routes = longest: {
    type = types.listOf (
      types.submodule {
        # The network that is reached.
        address.type = types.str;
        prefixLength.type = prefixLength longest;
        # The machine that leads there; without one the network is on the interface itself.
        via = {
          type = types.nullOr types.str;
          default = null;
        };
      }
    );
    default = [ ];
  };
  flag = default: {
    type = types.bool;
    inherit default;
  };
  text = {
    type = types.lines;
    default = "";
  };
  strings = {
    type = types.listOf types.str;
    default = [ ];
  };
  # Understood by NixOS, and without a counterpart here: any value is as good as another.
  ignored = {
    type = types.attrsOf types.anything;
    default = { };
  };
in
# name: the node's; guests: by name, for the guests' defaults; config: the node's configuration.
{ name, guests, config }:
let
  guestDefault = option: guests.${config.testkit.guest}.defaults.${option};
in
{
  # Which guest the machine is: "tiny" (kernel and busybox, three seconds to its shell) or "systemd".
  "testkit.guest" = {
    type = types.enum (lib.attrNames guests);
    default = "tiny";
  };

  # ---- the machine

  # Memory in MiB.
  "virtualisation.memorySize" = {
    type = types.positiveInt;
    default = guestDefault "memorySize";
  };
  # Processors.
  "virtualisation.cores" = {
    type = types.positiveInt;
    default = 1;
  };
  # Size of the first disk in MiB. Of the tiny guest it keeps /home, /opt, /root, /srv, /tmp and /var.
  "virtualisation.diskSize" = {
    type = types.positiveInt;
    default = guestDefault "diskSize";
  };
  # Where the first disk lies, relative to the machine's state directory; the environment's NIX_DISK_IMAGE wins. Null
  # for a machine without a disk.
  "virtualisation.diskImage" = {
    type = types.nullOr types.str;
    default = "./${name}.qcow2";
  };
  # Further disks by their sizes in MiB: /dev/vdb and so on, blank at the first start.
  "virtualisation.emptyDiskImages" = {
    type = types.listOf (types.coercedTo (types.submodule { size.type = types.positiveInt; }) (disk: disk.size) types.positiveInt);
    default = [ ];
  };
  # A graphics card. Without it there are no screenshots.
  "virtualisation.graphics" = flag true;
  # Further words for QEMU's command line, before those of QEMU_OPTS. The start script's shell reads them.
  "virtualisation.qemu.options" = strings;
  # The words that make eth0. An empty list, by `lib.mkForce [ ]`, leaves it out.
  "virtualisation.qemu.networkingOptions" = strings;

  # ---- networks

  # VLANs that the machine is on: eth1 is on the first, eth2 on the second.
  "virtualisation.vlans" = {
    type = types.listOf vlan;
    default = if config.virtualisation.interfaces == { } then [ 1 ] else [ ];
  };
  # Further interfaces on VLANs, by the names they shall have.
  "virtualisation.interfaces" = {
    type = types.attrsOf (
      types.submodule {
        "vlan".type = vlan;
        # Whether it gets an address by the rule for VLANs.
        "assignIP" = flag false;
      }
    );
    default = { };
  };
  # Ports of the host that lead into the machine, through eth0.
  "virtualisation.forwardPorts" = {
    type = types.listOf (
      types.submodule {
        "from" = {
          type = types.enum [ "host" ];
          default = "host";
        };
        "proto" = {
          type = types.enum [ "tcp" "udp" ];
          default = "tcp";
        };
        # An empty address means all of the host's, and the one that eth0 has.
        "host.address" = text;
        "host.port".type = types.port;
        "guest.address" = text;
        "guest.port".type = types.port;
      }
    );
    default = [ ];
  };
  # Whether eth0 reaches nothing but ports that are forwarded.
  "virtualisation.restrictNetwork" = flag false;

  "networking.hostName" = {
    type = hostName;
    default = name;
  };
  "networking.domain" = {
    type = types.nullOr types.str;
    default = null;
  };
  # The addresses by which the other machines know this one: those on its first VLAN, or "" if it is on none.
  "networking.primaryIPAddress" = {
    type = types.str;
    default = "";
  };
  "networking.primaryIPv6Address" = {
    type = types.str;
    default = "";
  };
  # Addresses and routes by interface. Definitions add to those of the VLANs; `lib.mkForce` replaces them.
  "networking.interfaces" = {
    type = types.attrsOf (
      types.submodule {
        "ipv4.addresses" = addresses 32;
        "ipv6.addresses" = addresses 128;
        "ipv4.routes" = routes 32;
        "ipv6.routes" = routes 128;
        "useDHCP" = flag false;
      }
    );
    default = { };
  };
  # Names by address, for /etc/hosts.
  "networking.hosts" = {
    type = types.attrsOf (types.listOf types.str);
    default = { };
  };
  # Further lines of /etc/hosts.
  "networking.extraHosts" = text;
  "networking.nameservers" = strings;
  # The machine behind which all other networks are, in the place of eth0's.
  "networking.defaultGateway" = {
    type = types.nullOr (types.coercedTo (types.submodule { address.type = types.str; }) (gateway: gateway.address) types.str);
    default = null;
  };
  # There is no firewall, so nothing has to be opened.
  "networking.firewall" = ignored;
  # eth0 has the address that DHCP would give it.
  "networking.useDHCP" = flag false;

  # ---- the system

  # Further words for the kernel's command line.
  "boot.kernelParams" = strings;
  # Settings below /proc/sys by their dotted names.
  "boot.kernel.sysctl" = {
    type = types.attrsOf (types.either types.bool (types.either types.int types.str));
    default = { };
  };
  # Files below /etc.
  "environment.etc" = {
    type = types.attrsOf (
      types.submoduleWith (path: {
        "enable" = flag true;
        # What is in it, or a file or folder that is copied; one of the two.
        "text" = {
          type = types.nullOr types.lines;
          default = null;
        };
        "source" = {
          type = types.nullOr types.path;
          default = null;
        };
        # Octal permissions; "symlink", as NixOS calls its default, keeps those of `source`.
        "mode" = {
          type = types.strMatching "octal permissions such as \"0600\", or \"symlink\"" "0?[0-7]{3}|symlink";
          default = "symlink";
        };
        # Another path below /etc than the attribute's name.
        "target" = {
          type = types.str;
          default = path;
        };
      })
    );
    default = { };
  };
  # Environment variables of the root shell and of login shells; a list is joined by colons.
  "environment.variables" = {
    type = types.attrsOf (types.either types.str (types.either types.int (types.listOf types.str)));
    default = { };
  };
  # Which NixOS a configuration was written for means nothing here.
  "system.stateVersion" = {
    type = types.str;
    default = "";
  };
}
