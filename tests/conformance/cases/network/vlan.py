# A network is a switch, known to the script and to the machines.
# vlans: 7
# journal: start
print(vlan7, vlans)
machine.start()
print(os.environ["QEMU_VDE_SOCKET_7"], (vlan7.socket_dir / "ctl").exists(), vlan7.socket_dir.stat().st_mode & 0o777)
