# Each network is a switch of its own, known to the script and to the machines.
# versions: 26.05..
# vlans: 1 3
# journal: start
print(vlan1, vlan3)
print([vlan.nr for vlan in vlans])
machine.start()
for number in 1, 3:
    print(os.environ[f"QEMU_VDE_SOCKET_{number}"], os.path.exists(vlan1.socket_dir / "ctl"))
