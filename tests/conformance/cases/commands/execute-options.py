# Commands run under errexit, pipefail and nounset, each in a new shell in the same place.
print(machine.execute("false; echo not reached"))
print(machine.execute("false | true"))
print(machine.execute("exec 2>/dev/null; echo $unknown_variable"))
print(machine.execute("value=1; cd /"))
print(machine.execute("echo ${value:-unset}; pwd | sed 's/.*vm-state/vm-state/'"))
