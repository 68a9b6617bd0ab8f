# Builds $out, the kernel of the bzImage $image.

need python3 python3

[ -e "$image" ] || fail "the guest's kernel '$image' does not exist: give the testkit another 'kernel'"
python3 "$extractKernel" "$image" "$out"
