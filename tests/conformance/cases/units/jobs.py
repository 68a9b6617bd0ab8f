# Starting and stopping a unit gives the status and output of systemctl.
print(machine.start_job("good.service"))
print(machine.stop_job("good.service"))
print(machine.start_job("refused.service"))
print(machine.start_job("good.service", "alice"))
print(machine.stop_job("good.service", user="alice"))
