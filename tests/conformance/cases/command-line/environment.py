# A test is told in the environment.
# flavour: environment
# versions: ..25.11
# machines: one two
# vlans: 1 1
print([machine.name for machine in machines], [vlan.socket_dir.name for vlan in vlans])
one.succeed("true")
