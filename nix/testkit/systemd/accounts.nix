# The options `users` of a node as accounts.py takes them, and the files that belong to users.
{ lib, config }:

let
  inherit (config.users) users groups;

  password =
    user:
    if user.password != null then
      { inherit (user) password; }
    else if user.hashedPassword != null then
      { inherit (user) hashedPassword; }
    else if user.hashedPasswordFile != null then
      { hashedPasswordFile = toString user.hashedPasswordFile; }
    else if user.initialPassword != null then
      { password = user.initialPassword; }
    else if user.initialHashedPassword != null then
      { hashedPassword = user.initialHashedPassword; }
    else
      { };

  shellOf = shell: if lib.isDerivation shell then lib.getExe shell else toString shell;

  wanted = user: {
    inherit (user) name isNormalUser uid extraGroups description homeMode;
    group = if user.group != "" || !user.isNormalUser then user.group else "users";
    home =
      if user.home != null then
        user.home
      else if user.isNormalUser then
        "/home/${user.name}"
      else if user.name == "root" then
        "/root"
      else
        "/var/empty";
    createHome = if user.createHome == null then user.isNormalUser else user.createHome;
    shell =
      if user.shell != null then
        shellOf user.shell
      else if user.isNormalUser || user.useDefaultShell then
        "/run/current-system/sw/bin/bash"
      else
        # None for an account that the base system has: it keeps its own.
        "";
    password = null;
    hashedPassword = null;
    hashedPasswordFile = null;
  } // password user;

  keysOf = user: user.openssh.authorizedKeys.keys ++ map builtins.readFile user.openssh.authorizedKeys.keyFiles;
  withKeys = lib.filter (user: keysOf user != [ ]) (lib.attrValues users);
  members = lib.concatLists (lib.mapAttrsToList (group: { members, ... }: map (user: { inherit user group; }) members) groups);
in
{
  users = map (
    user:
    let
      account = wanted user;
      joined = map ({ group, ... }: group) (lib.filter (member: member.user == user.name) members);
    in
    account // { extraGroups = lib.unique (account.extraGroups ++ joined); }
  ) (lib.attrValues users);
  groups = lib.mapAttrs (_name: group: group.gid) groups;
  packages = lib.mapAttrs (_name: user: user.packages) (lib.filterAttrs (_name: user: user.packages != [ ]) users);
  files =
    lib.listToAttrs (
      map (user: lib.nameValuePair "etc/ssh/authorized_keys.d/${user.name}" {
        text = lib.concatLines (map (lib.removeSuffix "\n") (keysOf user));
      }) withKeys
    )
    // lib.listToAttrs (
      map (user: lib.nameValuePair "var/lib/systemd/linger/${user.name}" { text = ""; }) (
        lib.filter (user: user.linger) (lib.attrValues users)
      )
    );
}
