# A machine works in a directory of its own, and all machines share one.
# machines: one two
for each in machines:
    print(each.name, each.state_dir, each.shared_dir, each.monitor_path, each.qmp_path, each.shell_path)
    print(each.state_dir.exists(), oct(each.state_dir.stat().st_mode), each.shared_dir.exists())
one.start()
print(os.readlink(f"/proc/{one.pid}/cwd"))
