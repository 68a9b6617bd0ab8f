# What becomes of the options that only a guest with systemd has.
{ testkit }:

let
  inherit (testkit) lib pkgs;
  folder = ../../../nix/testkit/systemd;

  nodesOf =
    module: testScript:
    (pkgs.testers.runNixOSTest {
      name = "t";
      nodes.m = module;
      inherit testScript;
    }).nodes;
  node = module: (nodesOf module "").m;
  machine = module: testScript: (nodesOf module testScript).m.system.build.vm.drvPath;

  # The files of units, with scripts as their text rather than as places in a store.
  unitsOf =
    module:
    import (folder + "/units.nix") {
      inherit lib;
      texts.writeShellScriptBin = name: text: "<${lib.replaceStrings [ "\n" ] [ "; " ] text}>";
    } (node module).systemd;
  textsOf = module: lib.mapAttrs (_path: file: file.text or "-> ${file.link}") (unitsOf module);
  accountsOf = users: import (folder + "/accounts.nix") { inherit lib; config = node { inherit users; }; };
in
[
  {
    name = "a service with everything";
    actual = textsOf {
      systemd.services.job = {
        description = "A job";
        after = [ "a.service" "b.service" ];
        wantedBy = [ "multi-user.target" ];
        requiredBy = [ "other.service" ];
        aliases = [ "work.service" ];
        unitConfig.ConditionPathExists = [ "/a" "/b" ];
        startLimitBurst = 3;
        preStart = "prepare";
        script = "run \"$@\"";
        scriptArgs = "%i";
        postStop = "tidy";
        path = [ "/opt/tools" ];
        environment = { NUMBER = 5; TEXT = "it's \"so\""; GONE = null; };
        serviceConfig = {
          ExecStartPre = "/bin/first";
          Restart = "always";
          PrivateTmp = true;
          Nice = 5;
          User = null;
        };
      };
    };
    expected = {
      "etc/systemd/system/job.service" = ''
        [Unit]
        After=a.service b.service
        ConditionPathExists=/a
        ConditionPathExists=/b
        Description=A job
        StartLimitBurst=3

        [Service]
        Environment="NUMBER=5"
        Environment="PATH=/opt/tools/bin:/opt/tools/sbin:/usr/lib/testkit/bin"
        Environment="TEXT=it's \"so\""
        ExecStart=<set -e; run "$@">/bin/job-start %i
        ExecStartPre=<set -e; prepare>/bin/job-pre-start
        ExecStartPre=/bin/first
        ExecStopPost=<set -e; tidy>/bin/job-post-stop
        Nice=5
        PrivateTmp=true
        Restart=always

      '';
      "etc/systemd/system/multi-user.target.wants/job.service" = "-> ../job.service";
      "etc/systemd/system/other.service.requires/job.service" = "-> ../job.service";
      "etc/systemd/system/work.service" = "-> job.service";
    };
  }
  {
    name = "a service that is off";
    actual = textsOf { systemd.services.job = { enable = false; wantedBy = [ "multi-user.target" ]; }; };
    expected."etc/systemd/system/job.service" = "-> /dev/null";
  }
  {
    name = "timers by themselves and by a service's times";
    actual = lib.filterAttrs (path: _text: lib.hasSuffix ".timer" path) (textsOf {
      systemd.timers.own.timerConfig = { OnActiveSec = "1s"; Unit = "job.service"; };
      systemd.services.job.startAt = "daily";
    });
    expected = {
      "etc/systemd/system/own.timer" = "[Timer]\nOnActiveSec=1s\nUnit=job.service\n\n";
      "etc/systemd/system/job.timer" = "[Timer]\nOnCalendar=daily\n\n";
      "etc/systemd/system/timers.target.wants/job.timer" = "-> ../job.timer";
    };
  }
  {
    name = "sockets, paths, targets, and units of users";
    actual = textsOf {
      systemd.sockets.s = { listenStreams = [ "80" "81" ]; socketConfig.Accept = false; };
      systemd.paths.p.pathConfig.PathExists = "/x";
      systemd.targets.t.wants = [ "s.socket" ];
      systemd.user.services.u.serviceConfig.ExecStart = "/bin/u";
    };
    expected = {
      "etc/systemd/system/s.socket" = "[Socket]\nAccept=false\nListenStream=80\nListenStream=81\n\n";
      "etc/systemd/system/p.path" = "[Path]\nPathExists=/x\n\n";
      "etc/systemd/system/t.target" = "[Unit]\nWants=s.socket\n\n";
      "etc/systemd/user/u.service" = "[Service]\nEnvironment=\"PATH=/usr/lib/testkit/bin\"\nExecStart=/bin/u\n\n";
    };
  }
  {
    name = "users of both kinds";
    actual = (accountsOf {
      users.ann = { isNormalUser = true; extraGroups = [ "wheel" ]; password = "x"; };
      users.svc = { isSystemUser = true; group = "svc"; uid = 400; shell = "/bin/sh"; };
      groups.svc = { gid = 400; members = [ "ann" ]; };
    }) // { packages = null; files = null; };
    expected = {
      users = [
        {
          name = "ann";
          isNormalUser = true;
          uid = null;
          group = "users";
          extraGroups = [ "wheel" "svc" ];
          description = "";
          home = "/home/ann";
          createHome = true;
          homeMode = "0700";
          shell = "/run/current-system/sw/bin/bash";
          password = "x";
          hashedPassword = null;
          hashedPasswordFile = null;
        }
        {
          name = "svc";
          isNormalUser = false;
          uid = 400;
          group = "svc";
          extraGroups = [ ];
          description = "";
          home = "/var/empty";
          createHome = false;
          homeMode = "0700";
          shell = "/bin/sh";
          password = null;
          hashedPassword = null;
          hashedPasswordFile = null;
        }
      ];
      groups.svc = 400;
      packages = null;
      files = null;
    };
  }
  {
    name = "keys and services that do not wait for a login";
    actual = (accountsOf { users.ann = { isNormalUser = true; linger = true; openssh.authorizedKeys.keys = [ "k1" "k2" ]; }; }).files;
    expected = {
      "etc/ssh/authorized_keys.d/ann".text = "k1\nk2\n";
      "var/lib/systemd/linger/ann".text = "";
    };
  }
  {
    name = "a password beats a hash, and both beat initial ones";
    actual = map ({ password, hashedPassword, ... }: [ password hashedPassword ]) (accountsOf {
      users.a = { password = "p"; hashedPassword = "h"; };
      users.b = { hashedPassword = "h"; initialPassword = "p"; };
      users.c = { initialPassword = "p"; initialHashedPassword = "h"; };
      users.d.initialHashedPassword = "";
    }).users;
    expected = [ [ "p" null ] [ null "h" ] [ "p" null ] [ null "" ] ];
  }
  {
    name = "services by their options";
    actual = lib.attrNames (unitsOf {
      services.openssh.enable = true;
      services.nginx.enable = true;
      services.getty.autologinUser = "root";
    });
    expected = [
      "etc/systemd/system/getty@tty1.service"
      "etc/systemd/system/multi-user.target.wants/nginx.service"
      "etc/systemd/system/multi-user.target.wants/sshd.service"
      "etc/systemd/system/nginx.service"
      "etc/systemd/system/ssh.service"
      "etc/systemd/system/sshd-keygen.service"
      "etc/systemd/system/sshd.service"
    ];
  }
  {
    name = "an ssh server that starts when it is needed";
    actual = (textsOf {
      services.openssh = { enable = true; startWhenNeeded = true; ports = [ 2222 ]; listenAddresses = [ { addr = "127.0.0.1"; } { addr = "[::1]"; port = 1; } ]; };
    })."etc/systemd/system/sshd.socket";
    expected = "[Unit]\nDescription=SSH Socket\n\n[Socket]\nAccept=true\nListenStream=127.0.0.1:2222\nListenStream=[::1]:1\n\n";
  }
  {
    name = "variables of sessions are those of login shells too, unless these have others";
    actual = (node {
      environment.sessionVariables = { A = "1"; B = "2"; };
      environment.variables.B = "3";
    }).environment.variables;
    expected = { A = "1"; B = "3"; };
  }
  {
    name = "settings of the ssh server";
    actual = (node {
      services.openssh = { enable = true; ports = [ 22 2222 ]; settings = { PermitRootLogin = "no"; MaxSessions = 1; AllowUsers = [ "a" "b" ]; UseDns = null; }; };
    }).environment.etc."ssh/sshd_config".text;
    expected = ''
      Port 22
      Port 2222
      HostKey /etc/ssh/ssh_host_ed25519_key
      AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
      AcceptEnv LANG LC_*
      Subsystem sftp /usr/lib/openssh/sftp-server
      AllowUsers a b
      KbdInteractiveAuthentication no
      MaxSessions 1
      PasswordAuthentication yes
      PermitEmptyPasswords yes
      PermitRootLogin no
      PrintMotd no
      UsePAM yes
      X11Forwarding no
    '';
  }
  {
    name = "a package is a folder with programs, wherever it is mentioned";
    actual = [
      (lib.isDerivation pkgs.hello)
      (lib.getExe pkgs.redis == "${pkgs.redis}/bin/redis-server")
      (lib.hasPrefix builtins.storeDir "${pkgs.debian "cowsay"}/bin/cowsay")
      (pkgs ? no-such-package)
    ];
    expected = [ true true true false ];
  }
  {
    name = "what a script says makes no difference to its machines, but what it needs does";
    actual =
      let
        plain = machine { } "one()";
        needs = machine { } "run('${pkgs.hello}/bin/hello')";
      in
      [
        (plain == machine { } "two()\nthree()")
        (plain == needs)
        (needs == machine { } "other('${pkgs.hello}/bin/hello --version', '${pkgs.hello}')")
      ];
    expected = [ true false true ];
  }
  {
    name = "machines of other names share all but their own layer";
    actual =
      let
        baseOf = name: (pkgs.testers.runNixOSTest { name = "t"; nodes.${name} = { }; testScript = ""; }).nodes.${name}.system.build.vm.initrd;
      in
      baseOf "a" == baseOf "b";
    expected = true;
  }
]
