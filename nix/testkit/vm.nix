# The derivation with bin/run-NAME-vm, which starts one machine, out of a node's configuration and what its guest is
# made of.
{ lib, host }:

let
  # QEMU takes two commas for one inside a value. The file's path is for a shell.
  drive =
    { id, file, format, options, serial }:
    "-drive if=none,id=${id},file=${file},format=${format}${options} -device virtio-blk-pci,drive=${id},serial=${serial}";

  # Starts a machine as a clone of one that has booted; see the head of __main__.py. Without its tests.
  template = builtins.path {
    path = ./template;
    name = "testkit-template";
    filter = path: type: type == "regular" && lib.hasSuffix ".py" path;
  };
in
# name: the node's; config: its configuration; machine: what the guest is made of, see guest-tiny.nix; files: those of
# the node by path in the guest, { text or source; mode; }; vlanCards: words of QEMU's command line.
#
# The mode of a file is octal; or "copy", which keeps that of `source`, and then this may be a folder; or "symlink", and
# then `source` is what the link says.
{ name, config, machine, files, vlanCards }:
let
  inherit (config) virtualisation;
  root = lib.optionalString (machine.filesRoot != "") "${machine.filesRoot}/";

  fileLine =
    path:
    {
      mode ? "copy",
      text ? null,
      source ? host.writeText "file" text,
    }:
    "${mode} ${root}${path} ${if lib.isPath source then host.path source else source}";
  allFiles = files // machine.files;

  hasDisk = virtualisation.diskImage != null;
  # A machine keeps nothing that would outlive a crash of the host, so nothing waits for the host's disk.
  writable = ",cache=unsafe";
  drives =
    lib.optional hasDisk (drive {
      id = "root";
      file = "\"\${disk//,/,,}\"";
      format = "qcow2";
      options = writable;
      serial = "root";
    })
    ++ lib.imap0 (index: _size: drive rec {
      id = "empty${toString index}";
      file = "${id}.qcow2";
      format = "qcow2";
      options = writable;
      serial = id;
    }) virtualisation.emptyDiskImages
    ++ lib.imap0 (index: { file, format, serial }: drive {
      id = "store${toString index}";
      inherit file format serial;
      options = ",readonly=on";
    }) machine.drives;
in
host.derive "testkit-vm-${name}" ./builders/vm.sh {
  nodeName = name;
  inherit (machine) kernel initrd;
  files = lib.concatLines (lib.mapAttrsToList fileLine allFiles);
  passAsFile = [ "files" ];
  memorySize = toString virtualisation.memorySize;
  cores = toString virtualisation.cores;
  kernelParams = lib.escapeShellArg (lib.concatStringsSep " " (machine.kernelParams ++ config.boot.kernelParams));
  diskImage = lib.optionalString hasDisk (lib.escapeShellArg virtualisation.diskImage);
  diskSize = toString virtualisation.diskSize;
  diskBase = lib.optionalString (machine.disk != null) machine.disk.base;
  diskFormat = lib.optionalString (machine.disk != null) machine.disk.format;
  emptyDisks = toString virtualisation.emptyDiskImages;
  graphics = if virtualisation.graphics then "-device VGA" else "-nographic";
  devices = lib.concatStringsSep "\n  " (virtualisation.qemu.networkingOptions ++ vlanCards ++ drives ++ virtualisation.qemu.options);
  inherit template;
  startScript = host.file ./guest/run-vm.sh;
  makeQcow2 = host.file ./builders/make-qcow2.py;
  makeKvmProbe = host.file ./builders/make-kvm-probe.py;
  makeInitrd = host.file ./builders/make-initrd.py;
}
