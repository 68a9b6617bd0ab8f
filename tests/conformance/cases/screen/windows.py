# The display server and its windows can be waited for.
machine.wait_for_x()
print(machine.get_window_names())
machine.wait_for_window("^A Term")
