# Without a script there is no test.
# flavour: environment
# versions: ..25.11
# environment: testScript= startScripts= vlans=
# shows: exit
