# One machine with systemd: units, users, packages, ssh, console. It is booted once.
{ lib, pkgs, ... }:

let
  # Nothing but the configuration of a service leads to this package.
  say = pkgs.writeShellScript "say" ''
    exec ${pkgs.figlet}/bin/figlet -f term "$@"
  '';
in
{
  name = "systemd-machine";

  nodes.machine =
    { config, ... }:
    {
      environment.systemPackages = [
        pkgs.hello
        (pkgs.writeShellScriptBin "where-am-i" "echo ${config.networking.hostName}")
      ];
      environment.etc."testkit-note".text = "${pkgs.writeText "note" "a note\n"}";
      environment.variables.GREETING = "good day";
      time.timeZone = "Europe/Athens";
      boot.kernel.sysctl."net.ipv4.ip_forward" = true;
      boot.kernelModules = [ "dummy" ];
      services.openssh.enable = true;
      security.sudo.wheelNeedsPassword = false;

      users.users.erin = {
        isNormalUser = true;
        description = "Erin Example";
        password = "correct horse";
        extraGroups = [ "wheel" "printers" ];
        packages = [ pkgs.tree ];
        linger = true;
      };
      users.users.daemon2 = {
        isSystemUser = true;
        group = "printers";
      };
      users.groups.printers.gid = 700;

      systemd.services.greeter = {
        description = "Says something once";
        wantedBy = [ "multi-user.target" ];
        environment.WORDS = "it's \"quoted\" $text";
        path = [ pkgs.jq ];
        script = ''
          ${say} "$WORDS"
          jq -rn '"and jq too"'
          id -un > "$STATE_DIRECTORY/user"
        '';
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          User = "daemon2";
          StateDirectory = "greeter";
        };
      };
      systemd.services.broken = {
        script = ''
          echo "about to fail"
          false
          echo "never said"
        '';
        serviceConfig.Type = "oneshot";
      };
      systemd.services.unwilling = {
        unitConfig.ConditionPathExists = "/nonexistent";
        script = "true";
      };
      systemd.services.masked = {
        enable = false;
        script = "true";
      };
      systemd.services."echo@" = {
        script = "cat";
        serviceConfig.StandardInput = "socket";
      };
      systemd.sockets.echo = {
        wantedBy = [ "sockets.target" ];
        listenStreams = [ "7777" ];
        socketConfig.Accept = true;
      };
      systemd.timers.soon = {
        wantedBy = [ "timers.target" ];
        timerConfig.OnActiveSec = "1s";
      };
      systemd.services.soon = {
        script = "touch /run/soon";
      };
      systemd.tmpfiles.rules = [ "d /srv/queue 2770 erin printers" ];
      systemd.user.services.companion = {
        wantedBy = [ "default.target" ];
        script = "exec sleep infinity";
      };
    };

  testScript = ''
    import socket

    from test_driver.errors import RequestedAssertionFailed


    def lines(command):
        return machine.succeed(command).splitlines()


    def refusal(unit):
        """What the driver says of a unit that does not come."""
        with t.assertRaises(RequestedAssertionFailed) as raised:
            machine.wait_for_unit(unit, timeout=30)
        return str(raised.exception)


    machine.wait_for_unit("default.target")

    with subtest("everything is up"):
        t.assertEqual(lines("systemctl is-system-running --wait"), ["running"])
        t.assertEqual(lines("systemctl list-units --failed --plain --no-legend"), [])

    with subtest("a service runs as its user, with its environment and programs"):
        machine.wait_for_unit("greeter.service")
        said = lines("journalctl --unit=greeter --output=cat --identifier=greeter-start --no-pager")
        t.assertEqual(said, ["it's \"quoted\" $text", "and jq too"])
        t.assertEqual(lines("cat /var/lib/greeter/user"), ["daemon2"])
        machine.wait_for_console_text("greeter-start.*and jq too")

    with subtest("what a unit needs is there for it, and not for others"):
        machine.fail("which figlet")
        machine.fail("which jq")

    with subtest("a unit that fails, one that will not start, and one that must not"):
        t.assertEqual(refusal("broken"), 'unit "broken" is inactive and there are no pending jobs')
        t.assertEqual(machine.systemctl("start broken")[0], 1)
        t.assertEqual(refusal("broken"), 'unit "broken" reached state "failed"')
        said = lines("journalctl --unit=broken --output=cat --identifier=broken-start --no-pager")
        t.assertEqual(said, ["about to fail"])
        machine.systemctl("reset-failed broken")
        machine.succeed("systemctl start unwilling")
        t.assertEqual(refusal("unwilling"), 'unit "unwilling" is inactive and there are no pending jobs')
        t.assertEqual(machine.get_unit_info("masked")["LoadState"], "masked")

    with subtest("sockets, timers and temporary files"):
        machine.wait_for_open_port(7777)
        t.assertEqual(lines("echo ping | nc -N localhost 7777"), ["ping"])
        machine.wait_for_file("/run/soon")
        t.assertEqual(lines("stat --format '%A %U %G' /srv/queue"), ["drwxrws--- erin printers"])

    with subtest("packages of the system, of a user, and by their place in the store"):
        t.assertEqual(lines("hello; where-am-i"), ["Hello, world!", "machine"])
        machine.succeed("su -- erin -c 'which tree'")
        machine.fail("su -- root -c 'which tree'")
        t.assertEqual(lines("cat $(cat /etc/testkit-note)"), ["a note"])
        # This one is in the machine because the script mentions it.
        t.assertEqual(lines("${pkgs.writeShellScript "mentioned" "echo mentioned"}"), ["mentioned"])

    with subtest("users and groups"):
        t.assertEqual(
            lines("getent passwd erin daemon2 root"),
            [
                "erin:x:1000:100:Erin Example:/home/erin:/run/current-system/sw/bin/bash",
                lines("getent passwd daemon2")[0],
                "root:x:0:0:root:/root:/bin/bash",
            ],
        )
        t.assertRegex(lines("getent passwd daemon2")[0], r"daemon2:x:[4-9][0-9][0-9]:700::/var/empty:/usr/sbin/nologin")
        t.assertEqual(lines("id -Gn erin"), ["users printers wheel"])
        t.assertEqual(lines("sudo -u erin sudo id -un"), ["root"])
        t.assertEqual(lines("stat --format '%A %U %G %n' /home/erin"), ["drwx------ erin users /home/erin"])
        files = "/etc/shadow /usr/bin/su /usr/sbin/unix_chkpwd /etc/sudoers /tmp"
        t.assertEqual(
            lines(f"stat --format '%a %U %G' {files}"),
            ["640 root shadow", "4755 root root", "2755 root shadow", "440 root root", "1777 root root"],
        )

    with subtest("settings"):
        t.assertEqual(lines("echo $GREETING; date +%Z; cat /proc/sys/net/ipv4/ip_forward"), ["good day", "EET", "1"])
        machine.succeed("grep --quiet '^dummy ' /proc/modules")

    with subtest("a service of a user"):
        machine.wait_for_unit("companion", "erin", timeout=120)
        status, state = machine.systemctl("is-active companion", "erin")
        t.assertEqual((status, state), (0, "active\n"))

    with subtest("ssh lets root in without a password, and a forwarded port leads to it"):
        machine.wait_for_open_port(22)
        # Without `-n` it reads the console that the driver's next line comes by, a moment longer than it writes.
        options = "-o StrictHostKeyChecking=no -o LogLevel=ERROR"
        t.assertEqual(lines(f"ssh {options} root@machine 'id -un; which hello'"), ["root", "/run/current-system/sw/bin/hello"])
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        machine.forward_port(port, 22)
        with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
            t.assertEqual(connection.recv(16), b"SSH-2.0-OpenSSH_")

    with subtest("somebody logs in on the console"):
        machine.wait_until_tty_matches("1", "machine login: ")
        machine.send_chars("erin\n")
        machine.wait_until_tty_matches("1", "Password: ")
        machine.send_chars("correct horse\n")
        machine.wait_until_succeeds("pgrep --uid erin bash", timeout=120)
        machine.send_chars("echo $USER > greeting\n")
        machine.wait_for_file("/home/erin/greeting")
        t.assertEqual(lines("cat /home/erin/greeting"), ["erin"])
        t.assertRegex(machine.succeed("loginctl list-sessions --no-legend"), r"^ *\w+ 1000 erin seat0 tty1\n$")
  '';
}
