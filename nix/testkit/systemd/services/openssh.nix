# services.openssh: an ssh server for tests. Root comes in with its empty password, and so does whoever has one.
{ config, lib, ... }:

let
  cfg = config.services.openssh;
  value = value: if lib.isBool value then (if value then "yes" else "no") else if lib.isList value then lib.concatStringsSep " " value else toString value;
  line = name: setting: "${name} ${value setting}\n";
in
{
  services.openssh.settings = lib.mapAttrs (_name: lib.mkDefault) {
    PermitRootLogin = "yes";
    PasswordAuthentication = true;
    KbdInteractiveAuthentication = false;
    PermitEmptyPasswords = true;
    UsePAM = true;
    UseDns = false;
    X11Forwarding = false;
    PrintMotd = false;
  };

  environment.etc."ssh/sshd_config" = lib.mkIf cfg.enable {
    text = ''
      ${lib.concatMapStrings (line "Port") cfg.ports}HostKey /etc/ssh/ssh_host_ed25519_key
      AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
      AcceptEnv LANG LC_*
      Subsystem sftp /usr/lib/openssh/sftp-server
      ${lib.concatMapAttrsStringSep "" line cfg.settings}${cfg.extraConfig}
    '';
  };

  systemd.services.sshd = lib.mkIf cfg.enable {
    description = "SSH Daemon";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    # Every machine has its own key, and a kept disk keeps it. Of the kinds of keys this one is made at once.
    preStart = ''
      [ -s /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
    '';
    serviceConfig = {
      Type = "notify";
      ExecStart = "/usr/sbin/sshd -D -f /etc/ssh/sshd_config";
      ExecReload = "/bin/kill -HUP $MAINPID";
      KillMode = "process";
      Restart = "always";
      RuntimeDirectory = "sshd";
    };
    aliases = [ "ssh.service" ];
  };
}
