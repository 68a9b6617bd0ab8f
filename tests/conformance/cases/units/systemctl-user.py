# For a user, systemctl runs through su with the user's runtime directory; quotes are escaped.
print(machine.systemctl("daemon-reload 'a b'", "alice"))
print(machine.systemctl("status", user="bob"))
