# A machine made by the script lives beside the others, under a name of its own or that of its start script.
# journal: backdoor
script = f"{os.path.dirname(os.environ['XDG_RUNTIME_DIR'])}/../vms/run-machine-vm"
extra = create_machine(script, name="extra")
print(extra.name, extra.is_up(), repr(extra))
extra.succeed("echo hello")
print(create_machine(script.replace("machine", "other")).name)
print(create_machine("qemu-system-x86_64").name)
print([machine.name for machine in machines], [machine.name for machine in driver.machines])
extra.crash()
