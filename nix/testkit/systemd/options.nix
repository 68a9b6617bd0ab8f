# The options of a node that only a guest with systemd has, by the names of NixOS. They do here what they do there, as far
# as the comments say; what is missing is an error and not ignored.
{ lib, types }:

let
  inherit (types)
    anything
    attrsOf
    bool
    either
    int
    lines
    listOf
    nullOr
    package
    path
    str
    submodule
    submoduleWith
    unsigned
    ;

  option = type: default: { inherit type default; };
  flag = option bool;
  strings = option (listOf str) [ ];
  text = option lines "";
  # Settings of a section of a unit: a list becomes several lines, true and false the words.
  settings = option (attrsOf anything) { };

  # What every kind of unit has.
  unit = {
    # Whether it exists. False keeps it from ever starting.
    "enable" = flag true;
    "description" = option str "";
    "documentation" = strings;
    "requires" = strings;
    "wants" = strings;
    "after" = strings;
    "before" = strings;
    "bindsTo" = strings;
    "partOf" = strings;
    "conflicts" = strings;
    "requisite" = strings;
    "onFailure" = strings;
    "onSuccess" = strings;
    "wantedBy" = strings;
    "requiredBy" = strings;
    "aliases" = strings;
    "unitConfig" = settings;
  };

  service = unit // {
    # A shell script that is the service, and those around it. They stop at the first command that fails.
    "script" = text;
    "preStart" = text;
    "postStart" = text;
    "preStop" = text;
    "postStop" = text;
    "reload" = text;
    # Words for `script`.
    "scriptArgs" = option str "";
    # Packages, or folders with a bin/ in them, whose programs it finds beside those of the base system.
    "path" = option (listOf (either package path)) [ ];
    "environment" = option (attrsOf (nullOr (either str (either int (either package path))))) { };
    "serviceConfig" = settings;
    # Times at which a timer starts it, by systemd.time(7).
    "startAt" = {
      type = types.coercedTo str (time: [ time ]) (listOf str);
      default = [ ];
    };
    "startLimitBurst" = option (nullOr int) null;
    "startLimitIntervalSec" = option (nullOr int) null;
    # Nothing changes the configuration of a running machine here, so these are taken and mean nothing.
    "restartIfChanged" = flag true;
    "stopIfChanged" = flag true;
    "reloadIfChanged" = flag false;
    "restartTriggers" = option (listOf anything) [ ];
    "reloadTriggers" = option (listOf anything) [ ];
  };

  socket = unit // {
    "listenStreams" = strings;
    "listenDatagrams" = strings;
    "socketConfig" = settings;
  };

  unitsOf = options: option (attrsOf (submodule options)) { };

  user = name: {
    "name" = option str name;
    # A person: a home below /home, bash, the group users, a number from 1000 up.
    "isNormalUser" = flag false;
    "isSystemUser" = flag false;
    "uid" = option (nullOr unsigned) null;
    "group" = option str "";
    "extraGroups" = strings;
    "description" = option str "";
    # Null means what befits the kind of user.
    "home" = option (nullOr str) null;
    "createHome" = option (nullOr bool) null;
    "homeMode" = option str "0700";
    "shell" = option (nullOr (either package path)) null;
    "useDefaultShell" = flag false;
    # In the clear. Without any of these nobody can log in by password; root's is empty.
    "password" = option (nullOr str) null;
    "initialPassword" = option (nullOr str) null;
    # As in /etc/shadow; "" for no password.
    "hashedPassword" = option (nullOr str) null;
    "hashedPasswordFile" = option (nullOr path) null;
    "initialHashedPassword" = option (nullOr str) null;
    # Packages that this user finds, and others do not.
    "packages" = option (listOf package) [ ];
    # Whether services of the user run without a login.
    "linger" = flag false;
    "openssh.authorizedKeys.keys" = strings;
    "openssh.authorizedKeys.keyFiles" = option (listOf path) [ ];
  };

  location = {
    "root" = option (nullOr str) null;
    "alias" = option (nullOr str) null;
    "index" = option (nullOr str) null;
    "tryFiles" = option (nullOr str) null;
    "return" = option (nullOr (either str int)) null;
    "proxyPass" = option (nullOr str) null;
    "extraConfig" = text;
  };

  virtualHost = name: {
    "serverName" = option str name;
    "serverAliases" = strings;
    "default" = flag false;
    "root" = option (nullOr path) null;
    # { addr; port; } of the sockets; none means port 80 of all addresses.
    "listen" = option (listOf (submodule {
      "addr" = option str "0.0.0.0";
      "port" = option int 80;
    })) [ ];
    "locations" = unitsOf location;
    "extraConfig" = text;
  };
in
{
  # Whether what a test seldom needs is left out of the boot, which then is half as long.
  "testkit.trimmed" = flag true;

  # Environment variables of every session, those of services of users included.
  "environment.sessionVariables" = option (attrsOf (either str (either int (listOf str)))) { };
  # Packages whose programs everybody finds: those of `pkgs`, and what is made with `pkgs.writeShellScriptBin`.
  "environment.systemPackages" = option (listOf package) [ ];

  # Store paths that shall be in the machine though its configuration does not mention them; those of the test script are.
  "virtualisation.additionalPaths" = option (listOf path) [ ];
  # A machine has copies of what it needs of the store, on its own disk, where everything can be written.
  "virtualisation.writableStore" = flag true;
  "virtualisation.useNixStoreImage" = flag true;

  "users.users" = option (attrsOf (submoduleWith user)) { };
  "users.groups" = option (attrsOf (submodule {
    "gid" = option (nullOr unsigned) null;
    "members" = strings;
  })) { };
  # Users may be changed in the running machine, as always where this is true.
  "users.mutableUsers" = flag true;

  "systemd.services" = unitsOf service;
  "systemd.sockets" = unitsOf socket;
  "systemd.timers" = unitsOf (unit // { "timerConfig" = settings; });
  "systemd.paths" = unitsOf (unit // { "pathConfig" = settings; });
  "systemd.targets" = unitsOf unit;
  "systemd.user.services" = unitsOf service;
  "systemd.user.timers" = unitsOf (unit // { "timerConfig" = settings; });
  "systemd.user.sockets" = unitsOf socket;
  # Lines of tmpfiles.d(5), carried out at boot.
  "systemd.tmpfiles.rules" = strings;

  "boot.kernelModules" = strings;
  "time.timeZone" = option (nullOr str) null;
  # The language of messages is English, and that of C.UTF-8 at that.
  "i18n.defaultLocale" = option str "C.UTF-8";
  "console.keyMap" = option str "us";
  # Manuals are not there in any case.
  "documentation.enable" = flag false;
  # Whether members of the group wheel have to type their password.
  "security.sudo.wheelNeedsPassword" = flag true;
  "security.sudo.extraConfig" = text;

  # An ssh server that lets root in without a password.
  "services.openssh.enable" = flag false;
  "services.openssh.ports" = option (listOf int) [ 22 ];
  # { addr; port; }; a port of null means those of `ports`.
  "services.openssh.listenAddresses" = option (listOf (submodule {
    "addr".type = str;
    "port" = option (nullOr int) null;
  })) [ ];
  # Whether a server starts for each connection only.
  "services.openssh.startWhenNeeded" = flag false;
  "services.openssh.openFirewall" = flag true;
  # Settings of sshd_config(5); a list is joined by spaces.
  "services.openssh.settings" = settings;
  "services.openssh.extraConfig" = text;

  # Further lines of the section [Journal] of journald.conf(5).
  "services.journald.extraConfig" = text;

  # The user whom the first console logs in by itself.
  "services.getty.autologinUser" = option (nullOr str) null;

  # Web pages over plain HTTP. Of NixOS's module this is a small part.
  "services.nginx.enable" = flag false;
  "services.nginx.recommendedProxySettings" = flag false;
  "services.nginx.appendHttpConfig" = text;
  "services.nginx.virtualHosts" = option (attrsOf (submoduleWith virtualHost)) { };
}
