# The systemd guest: the distribution's systemd, journald, D-Bus, sshd and shell on a disk of their own.
#
# Images come in layers, each of which has what the one below has not: the base system, which all machines share, the
# packages that a node asks for, and the node's units, accounts and files. So a change to a unit rebuilds only the last,
# which is small. Nothing runs inside an image while it is made.
{ lib, host, parts }:

let
  distribution = import ./systemd/distribution.nix { inherit lib host; };
  # The programs that make images. The base, which takes longest, does not depend on what is for layers alone.
  imagePrograms = host.files "testkit-systemd-image" ./systemd/image;
  basePrograms = [ "accounts.py" "base.py" "debs.py" "ext4.py" "passwords.py" "tree.py" ];
  makeQcow2 = host.file ./builders/make-qcow2.py;

  base = host.derive "testkit-systemd-base" ./systemd/builders/base.sh {
    image = imagePrograms basePrograms;
    packages = distribution.base;
    files = builtins.path { path = ./systemd/root; name = "testkit-systemd-files"; };
    inherit (parts) kernel modules;
    mebibytes = toString diskSize;
    inherit makeQcow2;
  };
  # In MiB. An image has the size of what is in it.
  diskSize = 4096;

  initrd = host.derive "testkit-systemd-initrd" ./systemd/builders/initrd.sh {
    inherit (parts) busybox;
    moduleTree = parts.modules;
    modules = "virtio_pci virtio_blk virtio_net virtio_console";
    init = host.file ./systemd/initrd/init;
    collectModules = host.file ./builders/collect-modules.py;
    makeInitrd = host.file ./builders/make-initrd.py;
  };

  # An image over `parent`; see image/layer.py for what can be wanted.
  layer =
    name: parent: wanted:
    let
      file = host.writeText "testkit-${name}.json" (
        lib.toJSON (
          {
            files = { };
            users = [ ];
            groups = { };
            systemPackages = [ ];
            userPackages = { };
            references = [ ];
          }
          // wanted
        )
      );
    in
    host.derive "testkit-${name}" ./systemd/builders/layer.sh {
      image = imagePrograms (basePrograms ++ [ "layer.py" "whole.py" ]);
      inherit parent;
      wanted = file;
      exportReferencesGraph = [ "closure" file ];
      inherit makeQcow2;
    };

  units = import ./systemd/units.nix {
    inherit lib;
    texts = import ./systemd/texts.nix { inherit lib host; };
  };

  system =
    name: config:
    let
      accounts = import ./systemd/accounts.nix { inherit lib config; };
      userPackages = lib.concatLists (lib.attrValues accounts.packages);
      servicePath = lib.concatMap (service: service.path) (
        lib.attrValues config.systemd.services ++ lib.attrValues config.systemd.user.services
      );
      # Those that are known to be packages of the distribution get a layer of their own.
      packages = lib.filter (package: package ? debs) (config.environment.systemPackages ++ userPackages ++ servicePath);
      withPackages =
        if packages == [ ] then
          base
        else
          layer "systemd-packages" base {
            references = lib.unique (map toString packages);
          };
      etc = lib.attrValues config.environment.etc;
    in
    layer "systemd-${name}" withPackages {
      files =
        lib.optionalAttrs config.testkit.trimmed (import ./systemd/trimmed.nix { inherit lib config; })
        // files name config
        // accounts.files
        // units config.systemd;
      inherit (accounts) users groups;
      systemPackages = map toString config.environment.systemPackages;
      userPackages = lib.mapAttrs (_user: map toString) accounts.packages;
      # These files do not go this way, but what they mention has to be there.
      references =
        map (file: if file.text != null then file.text else toString file.source) etc
        ++ map toString config.virtualisation.additionalPaths;
    };

  files =
    name: config:
    {
      "etc/machine-id".text = "${builtins.hashString "md5" "testkit machine ${name}"}\n";
      "etc/systemd/system/multi-user.target.wants/backdoor.service".link = "../backdoor.service";
      "etc/systemd/system/multi-user.target.wants/testkit-network.service".link = "../testkit-network.service";
      "etc/systemd/system/getty.target.wants/getty@tty1.service".link = "/lib/systemd/system/getty@.service";
      # These are the driver's.
      "etc/systemd/system/serial-getty@hvc0.service".link = "/dev/null";
      "etc/systemd/system/serial-getty@ttyS0.service".link = "/dev/null";
      "etc/sudoers.d/wheel" = {
        mode = "0440";
        text = lib.optionalString (!config.security.sudo.wheelNeedsPassword) "%wheel ALL=(ALL:ALL) NOPASSWD:SETENV: ALL\n" + config.security.sudo.extraConfig;
      };
    }
    // lib.optionalAttrs (config.environment.sessionVariables != { }) {
      "etc/pam/environment".text = lib.concatStrings (
        [ (builtins.readFile ./systemd/root/etc/pam/environment) ]
        ++ lib.mapAttrsToList (
          name: value: "${name} DEFAULT=\"${if lib.isList value then lib.concatStringsSep ":" value else toString value}\"\n"
        ) config.environment.sessionVariables
      );
    }
    // lib.optionalAttrs (config.time.timeZone != null) {
      "etc/localtime".link = "/usr/share/zoneinfo/${config.time.timeZone}";
    }
    // lib.optionalAttrs (config.systemd.tmpfiles.rules != [ ]) {
      "etc/tmpfiles.d/00-nixos.conf".text = lib.concatLines config.systemd.tmpfiles.rules;
    }
    // lib.optionalAttrs (config.boot.kernelModules != [ ]) {
      "etc/modules-load.d/nixos.conf".text = lib.concatLines config.boot.kernelModules;
    };
in
{
  defaults = {
    memorySize = 384;
    inherit diskSize;
  };

  machine =
    { name, config }:
    if config.virtualisation.diskImage == null then
      throw "node '${name}': a guest with systemd boots from its disk, so 'virtualisation.diskImage' cannot be null"
    else
      {
        inherit (parts) kernel;
        inherit initrd;
        kernelParams = [
          "console=ttyS0"
          "panic=1"
          "quiet"
          "net.ifnames=0"
          # As on NixOS: this clock goes right however busy the host was while the kernel measured the others.
          "clocksource=acpi_pm"
          # A test that uses up all memory shall fail at once and not in some other program.
          "sysctl.vm.panic_on_oom=2"
          "sysctl.kernel.hung_task_timeout_secs=600"
          # What makes emulated boots short: no calibration, no mitigations, none of the costly hardening of a real host.
          "tsc=reliable"
          "no_timer_check"
          "mitigations=off"
          "random.trust_cpu=on"
          "lsm=yama"
          "audit=0"
          "init_on_alloc=0"
        ]
        # Asking ACPI how interrupts are wired costs a sixth of a second for each device under emulation.
        ++ lib.optional config.testkit.trimmed "pci=noacpi";
        # From where the initial file system copies them to the disk.
        filesRoot = "node";
        files = { };
        disk = {
          base = "${system name config}/image";
          format = "qcow2";
        };
        drives = [ ];
      };
}
