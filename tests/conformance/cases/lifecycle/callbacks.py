# What runs beside a machine's commands is called before each of them.
machine.callbacks.append(lambda: print("called"))
machine.succeed("true")
machine.send_monitor_command("info status")
machine.run_callbacks()
