# What tools look at: the driver's machines, script and place.
# machines: two one
print([each.name for each in driver.machines], driver.vlans, driver.polling_conditions)
print(driver.tests.splitlines()[0], driver.out_dir, driver.race_timer.is_alive())
print(log is driver.logger, [type(each).__name__ for each in driver.logger.logger_list])
print(type(one).__mro__[:-1], one.start_command is not None)
