# A unit in the wrong state ends the test.
machine.require_unit_state("good.service")
machine.require_unit_state("idle.service", "inactive")
machine.require_unit_state("idle.service")
