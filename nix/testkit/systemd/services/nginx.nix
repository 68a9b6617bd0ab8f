# services.nginx: a web server over plain HTTP, with virtual hosts and their locations.
{ config, lib, pkgs, ... }:

let
  cfg = config.services.nginx;
  statement = name: value: lib.optionalString (value != null) "${name} ${if lib.isPath value then "${value}" else toString value};\n";

  location = path: settings: ''
    location ${path} {
      ${statement "root" settings.root}${statement "alias" settings.alias}${statement "index" settings.index}${statement "try_files" settings.tryFiles}${statement "return" settings.return}${statement "proxy_pass" settings.proxyPass}${settings.extraConfig}
    }
  '';

  server =
    _name: host:
    let
      mark = lib.optionalString host.default " default_server";
      plain = [ "80" "[::]:80" ];
      sockets = if host.listen == [ ] then plain else map ({ addr, port }: "${addr}:${toString port}") host.listen;
    in
    ''
      server {
        ${lib.concatMapStrings (socket: "listen ${socket}${mark};\n") sockets}server_name ${lib.concatStringsSep " " ([ host.serverName ] ++ host.serverAliases)};
        ${statement "root" host.root}${lib.concatMapAttrsStringSep "" location host.locations}${host.extraConfig}
      }
    '';

  proxy = ''
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;
  '';

  configuration = pkgs.writeText "nginx.conf" ''
    pid /run/nginx/nginx.pid;
    error_log stderr;
    daemon off;
    user nginx nginx;
    events {
    }
    http {
      include /etc/nginx/mime.types;
      default_type application/octet-stream;
      access_log /var/log/nginx/access.log;
      ${lib.optionalString cfg.recommendedProxySettings proxy}${lib.concatMapAttrsStringSep "" server cfg.virtualHosts}${cfg.appendHttpConfig}
    }
  '';
in
{
  users.users.nginx = lib.mkIf cfg.enable {
    isSystemUser = true;
    group = "nginx";
  };
  users.groups.nginx = lib.mkIf cfg.enable { };

  systemd.services.nginx = lib.mkIf cfg.enable {
    description = "Nginx Web Server";
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-online.target" ];
    after = [ "network.target" "network-online.target" ];
    preStart = "${pkgs.nginx}/bin/nginx -c ${configuration} -t";
    serviceConfig = {
      ExecStart = "${pkgs.nginx}/bin/nginx -c ${configuration}";
      ExecReload = "/bin/kill -HUP $MAINPID";
      Restart = "always";
      RestartSec = "10s";
      RuntimeDirectory = "nginx";
      LogsDirectory = "nginx";
      CacheDirectory = "nginx";
    };
  };
}
