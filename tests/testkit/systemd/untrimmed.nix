# The distribution's systemd as it is: nothing is taken out of the boot.
{
  name = "systemd-untrimmed";

  nodes.machine = {
    testkit.trimmed = false;
    services.openssh.enable = true;
  };

  testScript = ''
    machine.wait_for_unit("default.target")
    t.assertEqual(machine.succeed("systemctl is-system-running --wait"), "running\n")
    t.assertEqual(machine.succeed("systemctl list-units --failed --plain --no-legend"), "")
    for unit in ("dbus", "systemd-logind", "systemd-tmpfiles-setup", "systemd-sysctl", "systemd-udevd", "sshd"):
        machine.wait_for_unit(unit)
    machine.succeed("findmnt /sys/kernel/debug")

    with subtest("a second console gets its login prompt when somebody looks at it"):
        machine.fail("pgrep --full agetty.*tty2")
        machine.send_key("alt-f2")
        machine.wait_until_succeeds("[ $(fgconsole) = 2 ]", timeout=60)
        machine.wait_until_tty_matches("2", "machine login: ")
        machine.send_chars("root\n")
        machine.wait_until_succeeds("pgrep --terminal tty2 bash", timeout=120)
        t.assertEqual(machine.succeed("loginctl list-sessions --no-legend").split()[1:], ["0", "root", "seat0", "tty2"])

    machine.shutdown()
  '';
}
