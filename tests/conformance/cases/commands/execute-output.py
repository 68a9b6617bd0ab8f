# Long output arrives whole, and bytes that are no text are marked.
print(len(machine.succeed("head -c 300000 /dev/zero | tr '\\0' x")))
print(repr(machine.succeed("printf 'ä\\n\\n\\xff\\n'")))
print(repr(machine.succeed("printf 'no end'")))
