# Builds the blank disk of the tiny guest, of $size MiB: $out is a qcow2 image with an ext4 file system.

need mke2fs e2fsprogs
need debugfs e2fsprogs
need python3 python3

# Its tools take this for the time, so that the image is the same whenever it is built.
export E2FSPROGS_FAKE_TIME=315532800

truncate -s "${size}M" raw
# Nothing random, and nothing left for the guest to initialise. Blocks of one size keep small disks usable too.
mke2fs -q -F -t ext4 -b 4096 -m 0 -U 6e697874-6573-742d-6461-700000000001 \
  -E hash_seed=6e697874-6573-742d-6461-700000000002,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 raw \
  || fail "mke2fs could make no disk of $size MiB, see above: change 'virtualisation.diskSize'"
debugfs -w -f - raw > /dev/null 2>&1 <<'END'
mkdir home
mkdir opt
mkdir root
mkdir srv
mkdir tmp
mkdir var
set_inode_field tmp mode 041777
END
python3 "$makeQcow2" "$out" --from raw
