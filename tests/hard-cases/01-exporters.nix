# Hard: one file makes many tests, and the lines of each test are those of another attribute: cut at the line feeds, and
# given the machine's name or left alone by what they begin with.
{ makeTest, pkgs, lib }:

let
  inherit (lib) concatStringsSep mapAttrs removeSuffix splitString substring;

  exporters = {
    clock = {
      port = 9300;
      # Waits for nothing: the machines of these tests are not booted.
      checks = ''
        log("clock-exporter.service")  # @stop clock
        log(  # @stop clock
            "clock_seconds_total"
        )
      '';
    };

    disk = {
      port = 9301;
      metrics.checks = "unused";
      checks = ''
        # The first look is too early.
        log("disk-exporter.service")

        log("disk_bytes_free")  # @stop disk
      '';
    };

    # Says word by word what the first says, on another machine.
    clock-backup = {
      port = 9302;
      checks = ''
        log("clock-exporter.service")
        log(
            "clock_seconds_total"
        )
        log("port 9302")  # @stop clock-backup
      '';
    };
  };

  isWhole = line: builtins.any (is: is) [
    (builtins.match "[[:space:]]*" line != null)
    (substring 0 1 line == "#")
    (substring 0 1 line == " ")
    (substring 0 1 line == ")")
  ];
in
mapAttrs (
  exporter: settings:
  let
    node = builtins.replaceStrings [ "-" ] [ "_" ] exporter;
  in
  makeTest {
    name = "exporter-${exporter}";
    nodes.${node} = { };
    testScript = ''
      ${node}.log("begin")  # @stop
      ${concatStringsSep "\n" (
        map (line: if isWhole line then line else "${node}.${line}") (
          splitString "\n" (removeSuffix "\n" settings.checks)
        )
      )}
      assert ${node}.name == "${node}" and ${toString settings.port} > 9000  # @stop
    '';
  }
) exporters
