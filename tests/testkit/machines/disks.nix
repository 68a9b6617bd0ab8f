# A machine's disk outlives the machine; how long, is for the driver's caller to say. The script counts its own runs.
{
  name = "disks";

  nodes.machine = {
    virtualisation.emptyDiskImages = [ 16 { size = 24; } ];
    environment.etc = {
      secret = { text = "only root\n"; mode = "0600"; };
      "folder/copied".source = ./disks.nix;
      program = { text = "#!/bin/sh\necho runs\n"; mode = "0755"; };
    };
    environment.variables = { GREETING = "it's set"; LIST = [ "a" "b" ]; };
  };

  testScript = ''
    def runs():
        return int(machine.succeed("cat /var/runs 2> /dev/null || echo 0"))

    before = runs()
    machine.succeed(f"echo {before + 1} > /var/runs")

    if before == 0:
        with subtest("files of the configuration are there as configured"):
            assert machine.succeed("stat -c '%a %U' /etc/secret; cat /etc/secret") == "600 root\nonly root\n"
            machine.succeed("grep -q outlives /etc/folder/copied")
            assert machine.succeed("/etc/program") == "runs\n"
            assert machine.succeed("echo $GREETING $LIST; su -l root -c 'echo $GREETING'") == "it's set a:b\nit's set\n"

        with subtest("blank disks are there in their order and sizes"):
            sectors = machine.succeed("cat /sys/block/vda/size /sys/block/vdb/size /sys/block/vdc/size").split()
            assert [int(count) // 2048 for count in sectors] == [1024, 16, 24], sectors
            machine.succeed("mke2fs /dev/vdb", "mkdir /run/blank", "mount /dev/vdb /run/blank")
            machine.succeed("echo kept > /run/blank/file", "umount /run/blank")

        with subtest("what is written outlives a restart"):
            machine.succeed("echo tmp > /tmp/file", "echo root > /root/file", "echo gone > /run/file")
            machine.shutdown()
            assert not machine.is_up()
            machine.start()
            assert machine.succeed("cat /tmp/file /root/file") == "tmp\nroot\n"
            machine.fail("test -e /run/file")
            machine.succeed("mkdir /run/blank", "mount /dev/vdb /run/blank")
            assert machine.succeed("cat /run/blank/file") == "kept\n"

    assert runs() == before + 1
    print(f"this was run {before + 1} of the disk")
  '';
}
