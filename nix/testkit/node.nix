# Nodes: the configuration of one machine, by option names that NixOS has too.
{ lib, types, moduleSystem, guest }:

let
  options = name: {
    # The guest's host name.
    "networking.hostName" = {
      type = types.strMatching "a host name (letters, digits and dashes)" "[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
      default = name;
    };
    # Memory in MiB. The tiny guest needs 96.
    "virtualisation.memorySize" = {
      type = types.positiveInt;
      default = 160;
    };
    # Processors.
    "virtualisation.cores" = {
      type = types.positiveInt;
      default = 1;
    };
    # Further words for QEMU's command line, before those of QEMU_OPTS.
    "virtualisation.qemu.options" = {
      type = types.listOfStr;
      default = [ ];
    };
    # Further words for the kernel's command line.
    "boot.kernelParams" = {
      type = types.listOfStr;
      default = [ ];
    };
    # Small text files: environment.etc."motd".text is /etc/motd.
    "environment.etc" = {
      type = types.attrsOf (types.record { text = types.lines; });
      default = { };
    };
  };

  namePattern = "[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
  etcPattern = "[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*(/[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*)*";
in
{
  # test: words for messages; name: the node's; modules: its definitions; nodes: all configurations of the test.
  evaluate =
    { test, name, modules, nodes }:
    let
      where = "${test}: node '${name}'";
      config = moduleSystem.evaluate {
        inherit where modules;
        options = options name;
        arguments = {
          inherit config lib name nodes;
          # Often named and seldom used, so only its use is an error.
          pkgs = throw "${where} uses 'pkgs', and the testkit has no nixpkgs: take programs of the guest, or run the test with nixpkgs' runNixOSTest";
        };
      };
      badEtc = lib.filter (path: builtins.match etcPattern path == null) (lib.attrNames config.environment.etc);
    in
    if builtins.match namePattern name == null then
      throw "${test}: the node name '${name}' is not a host name: use letters, digits, '-' and '_', at most 63"
    else
      config
      // {
        system.build.vm =
          if badEtc != [ ] then
            throw "${where}: the option 'environment.etc' has the name '${builtins.head badEtc}', which is not a path below /etc of letters, digits and '._+@-'"
          else
            guest.vm name config;
      };
}
