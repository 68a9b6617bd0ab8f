# The tiny guest: the distribution's kernel, busybox and a static bash, in memory but for the disk that keeps /var and
# the like. It reaches its shell in three seconds under emulation. No services.
{ lib, host, parts }:

let
  base = host.derive "testkit-tiny-base" ./builders/tiny-base.sh {
    inherit (parts) modules bash busybox locale;
    wantedModules = "virtio_pci virtio_console virtio_net virtio_blk";
    guest = builtins.path { path = ./guest/tiny; name = "testkit-tiny"; };
    collectModules = host.file ./builders/collect-modules.py;
    makeInitrd = host.file ./builders/make-initrd.py;
  };

  disk =
    size:
    host.derive "testkit-tiny-disk" ./builders/tiny-disk.sh {
      size = toString size;
      makeQcow2 = host.file ./builders/make-qcow2.py;
    };
in
{
  defaults = {
    memorySize = 160;
    diskSize = 1024;
  };

  machine =
    { config, ... }:
    {
      inherit (parts) kernel;
      initrd = base;
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
        "net.ifnames=0"
        # Asking ACPI how interrupts are wired costs a sixth of a second for each device under emulation.
        "pci=noacpi"
      ];
      filesRoot = "";
      files = { };
      disk = {
        base = "${disk config.virtualisation.diskSize}";
        format = "qcow2";
      };
      drives = [ ];
    };
}
