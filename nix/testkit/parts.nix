# What guests are made of: the distribution's kernel with its modules, a static bash and a static busybox, as paths.
# Parts that are not given come from apt's packages, downloaded once.
{ lib, host, given }:

let
  extractKernel = host.file ./builders/extract-kernel.py;
  missing = lib.filter (part: given.${part} == null) (lib.attrNames given);
  packaged = host.derive "testkit-parts" ./builders/parts.sh {
    missing = lib.concatStringsSep " " missing;
    inherit extractKernel;
  };
  # The kernel as QEMU starts it fastest.
  kernel = host.derive "testkit-kernel" ./builders/kernel.sh {
    image = toString given.kernel;
    inherit extractKernel;
  };
  pathOf = part: file: if given.${part} == null then "${packaged}/${file}" else toString given.${part};
in
if (given.kernel == null) != (given.modules == null) then
  throw "testkit: 'kernel' and 'modules' belong together: give both or neither"
else
  {
    # An ELF file if it could be unpacked, else a bzImage.
    kernel = if given.kernel == null then "${packaged}/kernel" else "${kernel}";
    # The whole tree of modules, as /lib/modules/VERSION.
    modules = pathOf "modules" "modules";
    bash = pathOf "bash" "bin/bash";
    # A folder with the locale C.UTF-8 for that bash; none for one that was given, whose C library is not known.
    locale = if given.bash == null then "${packaged}/locale" else "";
    busybox = pathOf "busybox" "bin/busybox";
  }
