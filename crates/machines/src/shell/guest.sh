# The guest's half of a shell. Arguments: ID SECRET KIND ROWS COLUMNS TERM.
#
# Three ports of the virtio-serial bus, named ID-control, ID-input and ID-output, are its way to the host. On the control port
# it says `ready terminal`, `ready telnet`, `ready lines` or `failed REASON`, and hears `size ROWS COLUMNS`; when the host takes
# the port away, everything that was started here is hung up. When the shell has ended, the output ends with its status between
# ESC _nixtest-SECRET and ESC \, which no terminal would show.
#
# Lines that begin with `#` are not sent. Any shell of POSIX understands the rest.
# shellcheck shell=sh disable=SC2016,SC2089,SC2090 # The quoted texts are programs that are run later.
id=$1 secret=$2 kind=$3 rows=$4 columns=$5 term=$6
# A port shows up a moment after it was plugged.
port() {
  attempts=50
  while [ "$attempts" -gt 0 ]; do
    for entry in /sys/class/virtio-ports/*; do
      name=
      [ ! -r "$entry/name" ] || read -r name < "$entry/name"
      [ "$name" != "$id-$1" ] || { device=/dev/${entry##*/}; return; }
    done
    attempts=$((attempts - 1))
    sleep 0.1 || sleep 1
  done
  exit 1
}
port control; exec 3<> "$device"
port input; exec 4< "$device"
port output; exec 5> "$device"
# The shell that root has chosen, as a login would give it.
shell='' home=/root
while IFS=: read -r user _ _ _ _ directory program; do
  [ "$user" != root ] || { shell=$program home=$directory; break; }
done < /etc/passwd
case $shell in */nologin | */false) shell='' ;; esac
[ -x "$shell" ] || shell=$(command -v bash || command -v sh)
case $shell in *bash) prompt='[\u@\h:\w]\$ ' ;; *) prompt='# ' ;; esac
cd "$home" 2> /dev/null || cd /
# Hears what the host says, and hangs up when it says no more.
hear='
while read -r word first second; do
  [ "$word" != size ] || stty rows "$first" cols "$second" < /dev/tty
done <&3
# Not behind `--`, which some shells take for a process.
kill -HUP "-$helper"
'
# The leader of the session on the terminal.
lead='
[ -z "$file" ] || rm -f "$file"
trap : INT QUIT TSTP
stty sane
stty iutf8 2> /dev/null
[ "$rows" = 0 ] || stty rows "$rows" cols "$columns"
(trap "" INT QUIT TSTP TTOU; eval "$hear") &
echo "ready $kind" >&3
env -i HOME="$home" USER=root LOGNAME=root SHELL="$shell" PATH="$PATH" LANG=C.UTF-8 TERM="$term" PS1="$prompt" \
  "$shell" -l 3<&- 4<&- 5>&-
printf "\033_nixtest-%s %s\033\134" "$secret" "$?"
wait
'
export secret kind rows columns term shell home prompt hear lead helper=$$ file=''
if [ "$kind" = terminal ] && command -v script > /dev/null; then
  SHELL=/bin/sh script -q -c 'eval "$lead"' /dev/null <&4 >&5 2>&5
elif [ "$kind" = terminal ] && busybox telnetd --help 2> /dev/null; then
  # Of busybox's programs it alone makes a terminal. What it runs is a file.
  kind=telnet file=/tmp/.$id
  printf '#!/bin/sh\n%s' "$lead" > "$file"
  chmod 700 "$file"
  busybox telnetd -i -K -f /dev/null -l "$file" <&4 >&5 2>&5
else
  interactive=''
  [ "$kind" != terminal ] || interactive=-i
  (eval "$hear") &
  echo "ready lines" >&3
  # shellcheck disable=SC2086 # One word or none.
  env -i HOME="$home" USER=root LOGNAME=root SHELL="$shell" PATH="$PATH" LANG=C.UTF-8 TERM=dumb PS1="$prompt" \
    "$shell" -l $interactive <&4 >&5 2>&5 3<&- 4<&- 5>&-
  printf "\033_nixtest-%s %s\033\134" "$secret" "$?" >&5
  wait
fi
echo "failed the program that makes the terminal has ended" >&3
