# A unit's properties come as a dictionary; values may hold equal signs, other lines are passed over.
print(machine.get_unit_info("good.service"))
print(machine.get_unit_info("good.service", "alice"))
print(machine.get_unit_property("good.service", "ActiveState"))
print(machine.get_unit_property("good.service", "MainPID", user="alice"))
