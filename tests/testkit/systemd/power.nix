# Going down and coming back: what is on the disk stays, and everything goes back to where it was saved.
{
  name = "systemd-power";

  nodes.machine = { };

  testScript = ''
    def hmp(command):
        return machine.qmp_client.send("human-monitor-command", {"command-line": command})["return"]


    machine.start(allow_reboot=True)
    machine.wait_for_unit("multi-user.target")

    with subtest("a trimmed machine starts logind only when somebody asks"):
        t.assertEqual(machine.succeed("systemctl is-active systemd-logind || true"), "inactive\n")
        t.assertEqual(machine.succeed("loginctl list-sessions --no-legend"), "")
        t.assertEqual(machine.succeed("systemctl is-active systemd-logind"), "active\n")

    with subtest("a saved machine comes back as it was"):
        machine.succeed("echo before > /run/memory; echo before > /var/disk; sync")
        t.assertEqual(hmp("savevm here"), "")
        machine.succeed("echo after > /run/memory; echo after > /var/disk; sync")
        t.assertEqual(hmp("loadvm here"), "")
        t.assertEqual(machine.succeed("cat /run/memory /var/disk"), "before\nbefore\n")

    with subtest("a reboot ends the machine's memory, and not its disk"):
        machine.succeed("touch /run/gone; echo kept > /root/kept; sync")
        machine.reboot()
        machine.wait_for_unit("multi-user.target")
        machine.fail("test -e /run/gone")

    with subtest("so does switching it off"):
        machine.shutdown()
        machine.start()
        t.assertEqual(machine.succeed("cat /root/kept"), "kept\n")

    with subtest("after a crash the disk is mended"):
        machine.crash()
        machine.start()
        t.assertEqual(machine.succeed("cat /root/kept; systemctl is-system-running --wait"), "kept\nrunning\n")

    with subtest("Ctrl-Alt-Delete ends a machine that may not reboot"):
        machine.send_key("ctrl-alt-delete")
        machine.wait_for_shutdown()
  '';
}
