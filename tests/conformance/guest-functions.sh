# shellcheck shell=bash
# What a guest would have and the host's bash, which stands for its shell, has not: systemd, a screen, a network, a shared
# directory. Each command answers in a fixed way, by the name it is asked about; some only from the third time on.

# Succeeds from the third call with the same name on. The files lie in the machine's own directory.
third_time() {
  local times=0
  if [[ -e times-$1 ]]; then times=$(<"times-$1"); fi
  echo $((times + 1)) >"times-$1"
  ((times + 1 >= 3))
}

systemctl() {
  local unit state
  if [[ $1 == --user ]]; then shift; fi
  case "$*" in
    'list-jobs --full')
      if [[ -e times-queued.service ]]; then echo '1 queued.service start waiting'; else echo 'No jobs running.'; fi
      return
      ;;
    start\ * | stop\ *)
      echo "$1 of $2"
      [[ $2 != refused* ]]
      return
      ;;
    isolate\ *)
      # The shell that asked ends with its file system, before it can answer; the next one comes up in the real system.
      reboot
      sleep 1
      return
      ;;
    --no-pager\ show\ *) unit=$3 ;;
    *)
      echo "systemctl was called with $*"
      return
      ;;
  esac
  case $unit in
    good* | initrd.target) state=active ;;
    broken*) state=failed ;;
    never*) state=activating ;;
    late*) if third_time "$unit"; then state=active; else state=activating; fi ;;
    queued*) if third_time "$unit"; then state=active; else state=inactive; fi ;;
    odd*)
      echo 'no property at all'
      return
      ;;
    refused*)
      echo "cannot show $unit"
      return 3
      ;;
    *) state=inactive ;;
  esac
  case ${4:-} in
    '')
      printf '%s\n' "Id=$unit" "ActiveState=$state" 'Description=a = b' 'no property' ''
      ;;
    --property=ActiveState) echo "ActiveState=$state" ;;
    --property=*) echo "${4#--property=}=value of it" ;;
  esac
}

su() { bash -c "${!#}"; }

journalctl() { echo 'systemd: Reached target Current graphical'; }

nc() {
  case ${!#} in
    80 | */open) return 0 ;;
    81 | */late) third_time "port-${!###*/}" ;;
    83) ! third_time "port-${!#}" ;;
    *) return 1 ;;
  esac
}

stty() { echo '2 20'; }
systemd-cat() { cat >/dev/null; }
fold() {
  if [[ $2 == /dev/vcs2 ]] && ! third_time tty2; then
    echo 'still starting'
  else
    echo "login on ${2#/dev/}:"
  fi
}

xwininfo() {
  third_time windows && echo '     0x1400006 "A Terminal": ("xterm" "XTerm")  10x10+0+0'
  echo '     0x1400007 "Clock": ("xclock" "XClock")  10x10+0+0'
}

# The shared directory is seen under another path in a guest, unless the guest has none: then there is a file `unshared`.
in_shared() {
  local program=$1 word words=()
  shift
  for word in "$@"; do
    if ! builtin test -e "$STATE/unshared"; then word=${word/#\/tmp\/shared/$SHARED_DIR}; fi
    words+=("$word")
  done
  "$program" "${words[@]}"
}
real_cp() { command cp "$@"; }
real_mkdir() { command mkdir "$@"; }
real_test() { builtin test "$@"; }
cp() { in_shared real_cp "$@"; }
mkdir() { in_shared real_mkdir "$@"; }
test() { in_shared real_test "$@"; }

# Writing out the host's own data takes long and proves nothing.
sync() { :; }

# A graphical session is there as soon as somebody asks for the socket of its display.
function [ {
  if builtin [ "$*" = '-e /tmp/.X11-unix/X0 ]' ]; then return 0; fi
  builtin [ "$@"
}
