# Runs a command that must not outlive the process that started it: `sh -c TEXT NAME COMMAND…`.
# Standard input is a pipe that nobody else holds. A line on it says that the command has ended and was waited for;
# its end without a line says that the starter is gone, and the command is told to terminate, and killed with all of
# its process group if it has not ended some seconds later. The command takes over this shell's process, so signals and
# the exit status are its own.
exec 3<&0 </dev/null
(
  read -r _ <&3 && exit
  kill -TERM $$
  for _ in 1 2 3 4 5; do
    sleep 1
    kill -0 $$ || exit
  done
  kill -KILL -$$ # dash knows no `--` here
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
