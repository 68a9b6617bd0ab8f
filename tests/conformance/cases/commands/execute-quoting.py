# A command reaches the guest's shell letter for letter.
for command in ["echo 'single' \"double\" \\$HOME", "echo a\necho b", "echo ünïcode ✓ | wc -c", "printf '%s' '\\n' \"*\""]:
    print(repr(machine.succeed(command)))
