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
# Becomes the shell, beside which a loop hears what the host says. When the host says no more, it hangs up: the shell, and
# then what makes the terminal, which for some programs takes more than a word.
enter='
entered=$$
(
  trap "" HUP INT QUIT TSTP TTOU
  while read -r word first second; do
    [ "$word" != size ] || stty rows "$first" cols "$second" < /dev/tty
  done <&3
  kill -HUP "$entered"
  kill -HUP "-$helper"
  [ "$kind" = lines ] || kill -KILL "-$helper"
) > /dev/null 2>&1 &
echo "ready $kind" >&3
exec env -i HOME="$home" USER=root LOGNAME=root SHELL="$shell" PATH="$PATH" LANG=C.UTF-8 TERM="$term" PS1="$prompt" \
  "$shell" -l $interactive 3<&- 4<&- 5>&-
'
# The leader of the session on the terminal. It stays until the host has taken the ports away.
lead='
[ -z "$file" ] || rm -f "$file"
trap : INT QUIT TSTP
stty sane
stty iutf8 2> /dev/null
[ "$rows" = 0 ] || stty rows "$rows" cols "$columns"
sh -c "$enter"
printf "\033_nixtest-%s %s\033\134" "$secret" "$?"
cat <&4 > /dev/null
'
export secret kind rows columns term shell home prompt enter lead helper=$$ file='' interactive=''
if [ "$kind" = terminal ] && command -v script > /dev/null; then
  SHELL=/bin/sh script -q -c 'eval "$lead"' /dev/null <&4 >&5 2>&5
elif [ "$kind" = terminal ] && busybox telnetd --help 2> /dev/null; then
  # Of busybox's programs it alone makes a terminal. What it runs is a file.
  kind=telnet file=/tmp/.nixtest-$secret
  (set -C; umask 077; printf '#!/bin/sh\n%s' "$lead" > "$file")
  chmod 700 "$file"
  busybox telnetd -i -K -f /dev/null -l "$file" <&4 >&5 2>&5
else
  [ "$kind" != terminal ] || interactive=-i
  kind=lines term=dumb
  sh -c "$enter" <&4 >&5 2>&5
  printf "\033_nixtest-%s %s\033\134" "$secret" "$?" >&5
  cat <&4 > /dev/null
fi
echo "failed the program that makes the terminal has ended" >&3
