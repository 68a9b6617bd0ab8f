# What the driver itself can be asked to do.
from attempts import interface, parameters

interface(driver)
print("retry" + parameters(retry))
