# Writes the text of the derivation to its output.

cp "$textPath" "$out"
