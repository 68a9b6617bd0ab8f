# The kinds of failures are related to Python's own.
# versions: 25.05..
from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.polling_condition import PollingConditionError

for kind in MachineError, RequestedAssertionFailed, PollingConditionError:
    print(kind.__name__, [each.__name__ for each in kind.__mro__])
