# A command above the kernel's limit for one argument fails with status 126 and no output.
# journal: monitor
print(machine.execute("exec 2>/dev/null; echo " + "x" * 200_000))
