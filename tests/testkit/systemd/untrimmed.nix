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
    machine.wait_until_tty_matches("1", "machine login: ")
    machine.shutdown()
  '';
}
