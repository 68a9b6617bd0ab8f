# The whole machine can be saved and taken back, memory and disk together. Another one has no disk at all.
{
  name = "snapshots";

  defaults.virtualisation.memorySize = 128;
  nodes.machine = { };
  nodes.diskless.virtualisation.diskImage = null;

  testScript = ''
    def hmp(machine, command):
        return machine.qmp_client.send("human-monitor-command", {"command-line": command})["return"]

    start_all()

    with subtest("a saved machine comes back as it was"):
        machine.succeed("echo before > /run/memory; echo before > /var/disk; sync")
        assert hmp(machine, "savevm here") == ""
        machine.succeed("echo after > /run/memory; echo after > /var/disk; sync")
        assert hmp(machine, "loadvm here") == ""
        assert machine.succeed("cat /run/memory /var/disk") == "before\nbefore\n"

    with subtest("a machine without a disk works in memory"):
        diskless.succeed("touch /var/file /tmp/file /root/file")
        assert diskless.succeed("ls /sys/block") == ""
        assert "no block device can store vmstate" in hmp(diskless, "savevm here")
  '';
}
