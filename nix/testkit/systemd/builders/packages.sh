# Downloads the packages $names with all that they need into $out; see fetch.sh.

# shellcheck source=fetch.sh
. "$fetch"

# shellcheck disable=SC2086 # a list of names
fetch "$out" /dev/null $names
