# Runs a command that must not outlive the process that started it: `sh -c TEXT NAME COMMAND…`.
# Standard input is a pipe that nobody else holds. A line on it says that the command has ended and was waited for;
# its end without a line says that the starter is gone, and the command is told to terminate. The command takes over
# this shell's process, so signals and the exit status are its own.
exec 3<&0 </dev/null
(read -r _ <&3 || kill -TERM $$) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
