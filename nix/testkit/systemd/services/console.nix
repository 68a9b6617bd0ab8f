# The first console's login prompt.
{ config, lib, ... }:

{
  systemd.services."getty@tty1" = lib.mkIf (config.services.getty.autologinUser != null) {
    serviceConfig.ExecStart = [
      ""
      "-/sbin/agetty --autologin ${config.services.getty.autologinUser} --noclear %I $TERM"
    ];
  };
}
