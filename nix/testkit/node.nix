# Nodes: the configuration of one machine out of its modules, and the derivation that starts it.
{ lib, types, moduleSystem, network, guests, systemdOptions, vm, pkgs }:

let
  shared = import ./node-options.nix { inherit lib types; };
  namePattern = "[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
  pathPattern = "[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*(/[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*)*";

  # The file of one `environment.etc`, as vm.nix takes it.
  etcFile =
    where: file:
    let
      contents =
        if (file.text == null) == (file.source == null) then
          throw "${where}: the option 'environment.etc' needs either 'text' or 'source' for '${file.target}'"
        else if file.text != null then
          { inherit (file) text; }
        else
          { inherit (file) source; };
    in
    if builtins.match pathPattern file.target == null then
      throw "${where}: the option 'environment.etc' has the name '${file.target}', which is not a path below /etc of letters, digits and '._+@-'"
    else
      lib.nameValuePair "etc/${file.target}" (
        contents // { mode = if file.mode == "symlink" then "copy" else file.mode; }
      );

  exported =
    name: value:
    "export ${name}=${lib.escapeShellArg (if lib.isList value then lib.concatStringsSep ":" value else value)}\n";

  sysctl = name: value: "${name}=${if lib.isBool value then (if value then "1" else "0") else toString value}\n";

  # What every guest finds below /etc, apart from what the guest's own builder adds.
  filesOf =
    where: config: nodes:
    let
      text = text: {
        inherit text;
        mode = "0644";
      };
      nameservers = if config.networking.nameservers == [ ] then [ "10.0.2.3" ] else config.networking.nameservers;
    in
    {
      "etc/hostname" = text "${config.networking.hostName}\n";
      "etc/hosts" = text (network.hostsFile config nodes);
      "etc/resolv.conf" = text (lib.concatMapStrings (address: "nameserver ${address}\n") nameservers);
      "etc/testkit/network" = text (lib.concatLines (network.steps config));
      "etc/sysctl.d/60-testkit.conf" = text (lib.concatMapAttrsStringSep "" sysctl config.boot.kernel.sysctl);
      "etc/profile.d/60-testkit.sh" = text (lib.concatMapAttrsStringSep "" exported config.environment.variables);
    }
    // lib.listToAttrs (map (etcFile where) (lib.filter (file: file.enable) (lib.attrValues config.environment.etc)));
in
{
  # test: words for messages; number: the node's, from 1; name: its name; modules: its definitions; nodes: all
  # configurations of the test; specialArgs: further arguments of modules.
  evaluate =
    { test, number, name, modules, nodes, specialArgs }:
    let
      where = "${test}: node '${name}'";
      evaluated = moduleSystem.evaluate {
        inherit where modules;
        base = [ (network.baseModule number) ] ++ import ./systemd/modules.nix;
        options = systemdOptions // shared { inherit name guests config; };
        arguments = { inherit config lib name nodes pkgs; } // specialArgs;
      };
      inherit (evaluated) config;
      foreign =
        if config.testkit.guest == "systemd" then [ ] else lib.filter evaluated.isDefined (lib.attrNames systemdOptions);
    in
    if builtins.match namePattern name == null then
      throw "${test}: the node name '${name}' is not a host name: use letters, digits, '-' and '_', at most 63"
    else
      config
      // {
        system.name = name;
        system.build.vm =
          if foreign != [ ] then
            throw "${where}: the option '${lib.head foreign}' needs a guest with systemd: set testkit.guest = \"systemd\""
          else
            vm {
              inherit name config;
              machine = guests.${config.testkit.guest}.machine { inherit name config; };
              files = filesOf where config nodes;
              vlanCards = network.vlanCards number config;
            };
      };
}
