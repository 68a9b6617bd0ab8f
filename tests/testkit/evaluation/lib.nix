# The functions that tests get as `lib`, which do what nixpkgs' functions of these names do.
{ testkit }:

let
  inherit (testkit) lib;
  package = name: meta: { type = "derivation"; outPath = "/store/x-${name}"; inherit name meta; };
in
[
  {
    name = "lib: optional values";
    actual = with lib; [ (optional true 1) (optional false 1) (optionals true [ 1 2 ]) (optionals false [ 1 ]) (optionalString true "a") (optionalString false "a") (optionalAttrs true { a = 1; }) (optionalAttrs false { a = 1; }) ];
    expected = [ [ 1 ] [ ] [ 1 2 ] [ ] "a" "" { a = 1; } { } ];
  }
  {
    name = "lib: lists";
    actual = with lib; [
      (range 2 4) (range 4 2) (imap0 (i: v: [ i v ]) [ "a" ]) (imap1 (i: v: [ i v ]) [ "a" "b" ]) (last [ 1 2 ])
      (flatten [ 1 [ 2 [ 3 ] ] [ ] ]) (unique [ 1 2 1 ]) (remove 1 [ 1 2 1 ]) (reverseList [ 1 2 3 ])
      (findFirst (value: value > 1) 0 [ 1 2 3 ]) (findFirst (value: value > 3) 0 [ 1 2 3 ])
    ];
    expected = [ [ 2 3 4 ] [ ] [ [ 0 "a" ] ] [ [ 1 "a" ] [ 2 "b" ] ] 2 [ 1 2 3 ] [ 1 2 ] [ 2 ] [ 3 2 1 ] 2 0 ];
  }
  {
    name = "lib: attribute sets";
    actual = with lib; [
      (genAttrs [ "a" "b" ] (name: name + name))
      (filterAttrs (name: value: name == "a" || value == 3) { a = 1; b = 2; c = 3; })
      (mapAttrsToList (name: value: "${name}${toString value}") { b = 1; a = 2; })
      (mapAttrs' (name: value: nameValuePair "x${name}" (value + 1)) { a = 1; })
      (concatMapAttrs (name: value: { ${name} = value; "${name}2" = value; }) { a = 1; b = 2; })
      (recursiveUpdate { a.b = 1; a.c = 2; d = 1; } { a.b = 3; d.e = 4; })
      (getAttrFromPath [ "a" "b" ] { a.b = 1; })
      (attrByPath [ "a" "c" ] 0 { a.b = 1; })
      (attrByPath [ "a" "b" ] 0 { a.b = 1; })
    ];
    expected = [
      { a = "aa"; b = "bb"; }
      { a = 1; c = 3; }
      [ "a2" "b1" ]
      { xa = 2; }
      { a = 1; a2 = 1; b = 2; b2 = 2; }
      { a = { b = 3; c = 2; }; d.e = 4; }
      1
      0
      1
    ];
  }
  {
    name = "lib: text";
    actual = with lib; [
      (concatStrings [ "a" "b" ]) (concatLines [ "a" "b" ]) (concatMapStrings (word: "<${word}>") [ "a" "b" ])
      (concatMapStringsSep ", " (word: "<${word}>") [ "a" "b" ]) (concatMapAttrsStringSep ";" (name: value: "${name}=${value}") { a = "1"; b = "2"; })
      (hasPrefix "a." "a.b") (hasPrefix "ab" "a") (hasSuffix ".b" "a.b") (hasSuffix "aab" "ab") (hasInfix "[." "a[.b") (hasInfix "..." "a.b")
      (removePrefix "a" "ab") (removePrefix "b" "ab") (removeSuffix "b" "ab") (removeSuffix "a" "ab")
      (splitString "." "a.b..c") (splitString "(*" "a(*b") (splitString "," "") (toUpper "aBz-1") (toLower "aBZ-1")
      (fixedWidthNumber 3 7) (toHexString 0) (toHexString 255) (toHexString 4096) (boolToString true)
    ];
    expected = [
      "ab" "a\nb\n" "<a><b>" "<a>, <b>" "a=1;b=2"
      true false true false true false
      "b" "ab" "a" "ab"
      [ "a" "b" "" "c" ] [ "a" "b" ] [ "" ] "ABZ-1" "abz-1"
      "007" "0" "FF" "1000" "true"
    ];
  }
  {
    name = "lib: words for a shell";
    actual = with lib; [ (escapeShellArg "it's $HOME") (escapeShellArgs [ "a" 1 "b c" ]) ];
    expected = [ "'it'\\''s $HOME'" "'a' '1' 'b c'" ];
  }
  {
    name = "lib: programs of packages";
    actual = with lib; [
      (getExe (package "hello-2.12" { mainProgram = "hi"; }))
      (getExe (package "hello-2.12" { }))
      (getExe' (package "coreutils-9" { }) "ls")
      (makeBinPath [ (package "a" { }) (package "b" { }) ])
    ];
    expected = [ "/store/x-hello-2.12/bin/hi" "/store/x-hello-2.12/bin/hello" "/store/x-coreutils-9/bin/ls" "/store/x-a/bin:/store/x-b/bin" ];
  }
  {
    name = "lib: functions of functions";
    actual = with lib; [ (pipe 1 [ (value: value + 1) (value: value * 5) ]) (flip (a: b: [ a b ]) 1 2) (const 1 2) (id 3) (min 1 2) (max 1 2) ];
    expected = [ 10 [ 2 1 ] 1 3 1 2 ];
  }
]
