# The networks of a test: addresses by the rule of NixOS's test driver, and what makes a guest have them.
#
# Node number N (its place among the sorted names, from 1) has 192.168.V.N/24 and 2001:db8:V::N/64 on VLAN V.
{ lib }:

let
  hexByte = number: lib.optionalString (number < 16) "0" + lib.toHexString number;

  # QEMU takes two commas for one inside a value.
  escapeComma = lib.replaceStrings [ "," ] [ ",," ];

  # The interfaces of a node on VLANs, in the order of its cards: [{ name; vlan; assignIP; }].
  interfacesOf =
    config:
    lib.imap1 (index: vlan: {
      name = "eth${toString index}";
      inherit vlan;
      assignIP = true;
    }) config.virtualisation.vlans
    ++ lib.mapAttrsToList (name: { vlan, assignIP }: { inherit name vlan assignIP; }) config.virtualisation.interfaces;

  addressesOn = number: vlan: {
    ipv4.addresses = [
      {
        address = "192.168.${toString vlan}.${toString number}";
        prefixLength = 24;
      }
    ];
    ipv6.addresses = [
      {
        address = "2001:db8:${toString vlan}::${toString number}";
        prefixLength = 64;
      }
    ];
  };

  # eth0, which QEMU itself serves: the words of its command line, for a shell.
  userNetwork =
    config:
    let
      forward =
        { proto, host, guest, ... }:
        ",hostfwd=${proto}:${escapeComma host.address}:${toString host.port}-${escapeComma guest.address}:${toString guest.port}";
      options =
        lib.optionalString config.virtualisation.restrictNetwork ",restrict=on"
        + lib.concatMapStrings forward config.virtualisation.forwardPorts;
    in
    [
      "-netdev user,id=user.0${lib.optionalString (options != "") (lib.escapeShellArg options)}\"\${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}\""
      "-device virtio-net-pci,netdev=user.0,romfile="
    ];
in
{
  inherit interfacesOf;

  # What a node has without being told: the addresses of its VLANs.
  baseModule =
    number:
    { config, ... }:
    let
      assigned = lib.filter (interface: interface.assignIP) (interfacesOf config);
      addresses = map (interface: lib.nameValuePair interface.name (addressesOn number interface.vlan)) assigned;
      first = family: (lib.head (lib.head addresses).value.${family}.addresses).address;
    in
    {
      networking.interfaces = lib.listToAttrs addresses;
      networking.primaryIPAddress = lib.mkIf (addresses != [ ]) (lib.mkDefault (first "ipv4"));
      networking.primaryIPv6Address = lib.mkIf (addresses != [ ]) (lib.mkDefault (first "ipv6"));
      virtualisation.qemu.networkingOptions = userNetwork config;
    };

  # /etc/hosts: the machine itself, then every machine of the test by its host name.
  hostsFile =
    config: nodes:
    let
      namesOf =
        other:
        lib.optional (other.networking.domain != null) "${other.networking.hostName}.${other.networking.domain}"
        ++ [ other.networking.hostName ];
      line = address: names: "${address} ${lib.concatStringsSep " " names}\n";
      linesOf =
        other:
        lib.concatMapStrings (address: lib.optionalString (address != "") (line address (namesOf other))) [
          other.networking.primaryIPAddress
          other.networking.primaryIPv6Address
        ];
      extra = config.networking.extraHosts;
    in
    line "127.0.0.1" [ "localhost" ]
    + line "::1" [ "localhost" ]
    + line "127.0.0.2" (namesOf config)
    + lib.concatStrings (lib.mapAttrsToList line config.networking.hosts)
    + lib.concatMapStrings linesOf (lib.attrValues nodes)
    + lib.optionalString (extra != "") (lib.removeSuffix "\n" extra + "\n");

  # QEMU's words for the cards on VLANs, for the start script, whose `vlan` says what is behind a card.
  vlanCards =
    number: config:
    lib.imap1 (
      index: { vlan, ... }:
      let
        id = "vlan${toString index}";
        mac = "52:54:00:12:${hexByte vlan}:${hexByte number}";
      in
      "-netdev \"$(vlan ${toString vlan} ${id})\" -device virtio-net-pci,netdev=${id},mac=${mac},romfile="
    ) (interfacesOf config);

  # Arguments of `ip`, a step on each line, that bring up all interfaces.
  steps =
    config:
    let
      # The kernel calls the cards eth0, eth1, … in their order.
      offset = if config.virtualisation.qemu.networkingOptions == [ ] then 0 else 1;
      kernelName = index: "eth${toString (index + offset)}";
      renamed = lib.filter (card: card.from != card.to) (
        lib.imap0 (index: interface: {
          from = kernelName index;
          to = interface.name;
        }) (interfacesOf config)
      );
      user = lib.optionals (offset == 1) [
        "link set eth0 up"
        "address add 10.0.2.15/24 dev eth0"
      ];
      configured =
        name:
        { ipv4, ipv6, ... }:
        let
          address = { address, prefixLength }: "address add ${address}/${toString prefixLength} dev ${name}";
          route =
            { address, prefixLength, via }:
            "route add ${address}/${toString prefixLength}${lib.optionalString (via != null) " via ${via}"} dev ${name}";
        in
        [ "link set ${name} up" ]
        ++ map address (ipv4.addresses ++ ipv6.addresses)
        ++ map route (ipv4.routes ++ ipv6.routes);
      gateway =
        if config.networking.defaultGateway != null then
          config.networking.defaultGateway
        else if offset == 1 then
          "10.0.2.2"
        else
          null;
    in
    # From the last to the first, so that a name is free before another takes it.
    map ({ from, to }: "link set ${from} name ${to}") (lib.reverseList renamed)
    ++ [ "link set lo up" ]
    ++ user
    ++ lib.concatLists (lib.mapAttrsToList configured config.networking.interfaces)
    ++ lib.optional (gateway != null) "route add default via ${gateway}";
}
