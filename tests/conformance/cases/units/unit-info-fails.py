# A unit that cannot be shown, or shows nonsense, raises.
from attempts import attempt

attempt(machine.get_unit_info, "refused.service")
attempt(machine.get_unit_info, "refused.service", "alice")
attempt(machine.get_unit_property, "refused.service", "ActiveState")
attempt(machine.get_unit_property, "refused.service", "ActiveState", "alice")
attempt(machine.get_unit_property, "odd.service", "ActiveState")
attempt(machine.get_unit_info, "odd.service")
