# Makes the image that all systemd guests share; see image/base.py.

need python3 python3
need mke2fs e2fsprogs
need debugfs e2fsprogs
need depmod kmod

python3 "$image/base.py" "$packages" "$files" "$kernel" "$modules" "$mebibytes" "$makeQcow2" "$out"
