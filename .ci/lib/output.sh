# shellcheck shell=bash
# How ./x speaks: one line per step with its elapsed time, details in a log, colours only on a terminal.
# Decides nothing about what is run; every other part of ./x prints through these functions.

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
  red='' green='' yellow='' bold='' dim='' plain=''
fi

# Milliseconds since the epoch. EPOCHREALTIME writes its decimal separator by locale.
now_ms() {
  local now=${EPOCHREALTIME:-$(date +%s).000000}
  now=${now/[.,]/}
  echo $((now / 1000))
}

# "0.4 s", "12.0 s", "3 min 05 s" for the time since $1 (from now_ms).
elapsed_since() {
  local ms=$(($(now_ms) - $1))
  if ((ms < 60000)); then
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
  else
    printf '%d min %02d s' $((ms / 60000)) $((ms % 60000 / 1000))
  fi
}

heading() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$*"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
warn() { printf '%s%s%s\n' "$yellow" "$*" "$plain" >&2; }

# Ends ./x: one sentence that names the thing and the next step.
die() {
  printf '%s%s%s\n' "$red" "x: $*" "$plain" >&2
  exit 1
}

# Runs a command as one step: `step TITLE LOG COMMAND…`. What the command prints goes to the log; the last lines of
# the log are shown when the command fails, and its exit code is handed on.
step() {
  local title=$1 log=$2 began code=0
  shift 2
  began=$(now_ms)
  printf '%s … ' "$title"
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if ((code == 0)); then
    printf '%s%s%s\n' "$dim" "$(elapsed_since "$began")" "$plain"
  else
    printf '%sfailed%s after %s; the end of %s:\n' "$red" "$plain" "$(elapsed_since "$began")" "$log"
    tail -n "${X_LOG_TAIL:-40}" "$log" | sed 's/^/  /'
  fi
  return "$code"
}
