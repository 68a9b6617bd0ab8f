# What the environment tells can be told by options as well.
# flavour: environment
# versions: ..25.11
# vlans: 1
# arguments: --vlans 4 --global-timeout 77
print([vlan.socket_dir.name for vlan in vlans])
