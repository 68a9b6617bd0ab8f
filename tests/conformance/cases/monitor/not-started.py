# A machine that was not started has no monitor, no QMP and no console.
from attempts import attempt

attempt(machine.send_monitor_command, "info status")
attempt(machine.wait_for_qmp_event, lambda event: True, 1)
attempt(machine.send_console, "x")
attempt(machine.wait_for_console_text, "x", 1)
attempt(machine.block)
attempt(machine.screenshot, "x")
