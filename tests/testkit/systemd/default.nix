# Tests with machines that run systemd: ../systemd.py starts their drivers and looks at what comes of it.
{
  testkit ? import ../../../nix/testkit { system = "x86_64-linux"; },
}:
builtins.mapAttrs (_name: testkit.pkgs.testers.runNixOSTest) {
  machine = ./machine.nix;
  power = ./power.nix;
  site = ./site.nix;
  untrimmed = ./untrimmed.nix;
  tools = ./tools.nix;
}
