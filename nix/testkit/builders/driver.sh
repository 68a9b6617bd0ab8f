# Builds $out/bin/nixos-test-driver, which runs the driver on one test's configuration, and $out/test-script.

mkdir -p "$out/bin"
cp "$testScript" "$out/test-script"
cat > "$out/bin/nixos-test-driver" <<END
#!/bin/bash
export PYTHONNOUSERSITE=true
${setup}exec python3 $source/nixos-test-driver $arguments $extraDriverArgs "\$@"
END
chmod +x "$out/bin/nixos-test-driver"
