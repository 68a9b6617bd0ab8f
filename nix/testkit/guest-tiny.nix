# The tiny guest: the distribution's kernel, busybox and a static bash, all in memory. It reaches its shell in three
# seconds under emulation. No disk, no network, no services.
{ lib, host, parts }:

let
  given = builtins.mapAttrs (_name: path: if path == null then "" else toString path) parts;

  builtParts =
    if (parts.kernel == null) != (parts.modules == null) then
      throw "testkit: 'kernel' and 'modules' belong together: give both or neither"
    else
      host.derive "testkit-guest-parts" ./builders/guest-parts.sh (
        given
        // {
          extractKernel = host.file ./builders/extract-kernel.py;
          collectModules = host.file ./builders/collect-modules.py;
          wantedModules = "virtio_pci virtio_console";
        }
      );

  base = host.derive "testkit-guest-base" ./builders/guest-base.sh {
    parts = builtParts;
    guest = builtins.path { path = ./guest; name = "testkit-guest"; };
    makeInitrd = host.file ./builders/make-initrd.py;
  };

  # What makes emulated boots short: no calibration, no mitigations, none of the costly hardening of a real host.
  kernelParams = [
    "console=ttyS0"
    "panic=-1"
    "quiet"
    "tsc=reliable"
    "no_timer_check"
    "mitigations=off"
    "random.trust_cpu=on"
    "lsm=yama"
    "audit=0"
    "init_on_alloc=0"
  ];
in
{
  # The derivation with bin/run-NAME-vm for a node's configuration.
  vm =
    name: config:
    host.derive "testkit-vm-${name}" ./builders/vm.sh {
      inherit base;
      nodeName = name;
      inherit (config.networking) hostName;
      memorySize = toString config.virtualisation.memorySize;
      cores = toString config.virtualisation.cores;
      kernel = "${builtParts}/kernel";
      kernelParams = lib.escapeShellArg (lib.concatStringsSep " " (kernelParams ++ config.boot.kernelParams));
      qemuOptions = lib.concatStringsSep " " config.virtualisation.qemu.options;
      etc = lib.concatMapSep "\n" (path: "${path} ${host.writeText "etc-file" config.environment.etc.${path}.text}") (lib.attrNames config.environment.etc);
      startScript = host.file ./guest/run-vm.sh;
      makeKvmProbe = host.file ./builders/make-kvm-probe.py;
      makeInitrd = host.file ./builders/make-initrd.py;
    };
}
