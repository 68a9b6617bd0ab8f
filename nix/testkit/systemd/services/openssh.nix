# services.openssh: an ssh server for tests. Root comes in with its empty password, and so does whoever has one.
{ config, lib, ... }:

let
  cfg = config.services.openssh;
  text =
    value:
    if lib.isBool value then
      (if value then "yes" else "no")
    else if lib.isList value then
      lib.concatStringsSep " " value
    else
      toString value;
  line = name: value: lib.optionalString (value != null) "${name} ${text value}\n";
  sockets = lib.concatMap (
    { addr, port }: map (port: "${addr}:${toString port}") (if port == null then cfg.ports else [ port ])
  ) cfg.listenAddresses;
  always = cfg.enable && !cfg.startWhenNeeded;
  whenNeeded = cfg.enable && cfg.startWhenNeeded;
  program = "/usr/sbin/sshd -f /etc/ssh/sshd_config";
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
    text = lib.concatStrings (
      map (line "Port") cfg.ports
      ++ map (line "ListenAddress") sockets
      ++ [
        "HostKey /etc/ssh/ssh_host_ed25519_key\n"
        "AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u\n"
        "AcceptEnv LANG LC_*\n"
        "Subsystem sftp /usr/lib/openssh/sftp-server\n"
      ]
      ++ lib.mapAttrsToList line cfg.settings
      ++ [ cfg.extraConfig ]
    );
  };

  # Every machine has its own key, and a kept disk keeps it. Of the kinds of keys this one is made at once.
  systemd.services.sshd-keygen = lib.mkIf cfg.enable {
    description = "SSH Host Keys Generation";
    unitConfig.ConditionFileNotEmpty = "|!/etc/ssh/ssh_host_ed25519_key";
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "/usr/bin/ssh-keygen -q -t ed25519 -N \"\" -f /etc/ssh/ssh_host_ed25519_key";
    };
  };

  systemd.services.sshd = lib.mkIf always {
    description = "SSH Daemon";
    wantedBy = [ "multi-user.target" ];
    wants = [ "sshd-keygen.service" ];
    after = [ "network.target" "sshd-keygen.service" ];
    serviceConfig = {
      Type = "notify";
      ExecStart = "${program} -D";
      ExecReload = "/bin/kill -HUP $MAINPID";
      KillMode = "process";
      Restart = "always";
      RuntimeDirectory = "sshd";
    };
    aliases = [ "ssh.service" ];
  };

  systemd.sockets.sshd = lib.mkIf whenNeeded {
    description = "SSH Socket";
    wantedBy = [ "sockets.target" ];
    listenStreams = if sockets == [ ] then map toString cfg.ports else sockets;
    socketConfig.Accept = true;
  };
  systemd.services."sshd@" = lib.mkIf whenNeeded {
    description = "SSH per-connection Daemon";
    wants = [ "sshd-keygen.service" ];
    after = [ "sshd-keygen.service" ];
    serviceConfig = {
      ExecStart = "-${program} -i";
      KillMode = "process";
      StandardInput = "socket";
      StandardError = "journal";
      RuntimeDirectory = "sshd";
      RuntimeDirectoryPreserve = true;
    };
  };
}
