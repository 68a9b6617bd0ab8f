# Makes an image that lies over the one of $parent; see image/layer.py.

need python3 python3
need dpkg-deb dpkg
need debugfs e2fsprogs

python3 "$image/layer.py" "$parent" "$wanted" closure "$makeQcow2" "$out"
