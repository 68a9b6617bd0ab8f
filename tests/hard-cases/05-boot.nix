# Hard: one line of the script is a command line that nested lets and many conditions put together.
{ makeTest, pkgs, lib }:

let
  inherit (lib) concatStringsSep optional optionals optionalString;

  makeBootTest =
    name:
    {
      firmware ? null,
      medium ? "disk",
      memory ? 512,
      serial ? true,
      slots ? [ ],
    }:
    let
      machineType = if pkgs.stdenv.hostPlatform.isAarch64 then "virt,gic-version=2" else "q35";
      flags =
        [ "-machine ${machineType}" "-m ${toString memory}" ]
        ++ optional (firmware != null) "-bios ${firmware}"
        ++ optionals (medium == "cd") [
          "-cdrom image.iso"
          ("-boot " + (if serial then "once=d" else "d"))
        ]
        ++ optional (medium == "disk") "-drive file=image.qcow2${optionalString (firmware != null) ",if=virtio"}"
        ++ optional serial "-serial stdio"
        ++ map (slot: "-device slot,id=${slot}") slots;
      startCommand =
        let
          program = "emulator-${if pkgs.stdenv.hostPlatform.isx86_64 then "x86_64" else "other"}";
        in
        "${program} ${concatStringsSep " " flags}" + optionalString (memory > 1000) " -mem-prealloc";
    in
    makeTest {
      inherit name;
      nodes = { };
      testScript = ''
        command = "${startCommand}"  # @stop
        words = command.split()
        assert words[0].startswith("emulator-")
        assert ("-bios" in words) == ${if firmware == null then "False" else "True"}  # @stop
        ${optionalString (medium == "cd") ''assert "image.iso" in words  # @stop fromCd''}
        print(len(words))  # @stop
      '';
    };
in
{
  fromDisk = makeBootTest "boot-from-disk" { slots = [ "a" "b" ]; };
  fromCd = makeBootTest "boot-from-cd" {
    medium = "cd";
    firmware = "open.fd";
    memory = 2048;
    serial = false;
  };
}
