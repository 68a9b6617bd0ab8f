# A traceback that the script prints itself.
import traceback

try:
    machine.fail("true")
except Exception:
    traceback.print_exc()
