# Writes the text of the derivation to $out, or to the path $destination in it.

mkdir -p "$(dirname "$out$destination")"
cp "$textPath" "$out$destination"
if [ -n "$executable" ]; then chmod +x "$out$destination"; else chmod -x "$out$destination"; fi
