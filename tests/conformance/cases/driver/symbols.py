# The names that a script finds, and no others.
# vlans: 1
print(sorted(name for name in globals() if name != "__builtins__"))
