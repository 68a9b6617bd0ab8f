# Small things about the system: the first console, the journal, variables of sessions.
{ config, lib, ... }:

let
  inherit (config) environment services;
in
{
  systemd.services."getty@tty1" = lib.mkIf (services.getty.autologinUser != null) {
    serviceConfig.ExecStart = [
      ""
      "-/sbin/agetty --autologin ${services.getty.autologinUser} --noclear %I $TERM"
    ];
  };

  environment.etc."systemd/journald.conf.d/nixos.conf" = lib.mkIf (services.journald.extraConfig != "") {
    text = "[Journal]\n${services.journald.extraConfig}\n";
  };

  # For login shells; other sessions have them by PAM, see guest-systemd.nix.
  environment.variables = lib.mapAttrs (_name: lib.mkDefault) environment.sessionVariables;
}
