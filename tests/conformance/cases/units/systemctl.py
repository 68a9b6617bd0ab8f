# Any systemctl command can be run; its status and output come back.
print(machine.systemctl("daemon-reload"))
print(machine.systemctl("list-jobs --full"))
