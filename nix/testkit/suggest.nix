# Names close to one that does not exist, for error messages: a typing error should cost one look.
{ lib }:

let
  # How many characters must be put in, taken out or replaced to make `b` of `a`.
  distance =
    a: b:
    let
      row =
        previous: character:
        let
          step =
            done: index:
            let
              replaced = lib.elemAt previous index + (if lib.substring index 1 b == character then 0 else 1);
              added = lib.last done + 1;
              removed = lib.elemAt previous (index + 1) + 1;
            in
            done ++ [ (lib.min replaced (lib.min added removed)) ];
        in
        lib.foldl' step [ (lib.head previous + 1) ] (lib.range 0 (lib.stringLength b - 1));
    in
    lib.last (lib.foldl' row (lib.range 0 (lib.stringLength b)) (lib.letters a));

  quoted = lib.concatMapStringsSep ", " (name: "'${name}'");
  firstWord = name: lib.head (lib.splitString "." name);
  lastWord = name: lib.last (lib.splitString "." name);
in
# name: the one that is not there; known: those that are. Gives half a sentence.
name: known:
let
  # How far another name is, by the first word in which they differ: the words before it are no reason to be close.
  farness =
    other:
    let
      differing = a: b: if a != [ ] && b != [ ] && lib.head a == lib.head b then differing (lib.tail a) (lib.tail b) else { inherit a b; };
      words = differing (lib.splitString "." name) (lib.splitString "." other);
      a = lib.concatStringsSep "." words.a;
      b = lib.concatStringsSep "." words.b;
    in
    {
      inherit other;
      # The right option in the wrong group is as likely as a typing error.
      distance = if lastWord name == lastWord other then 0 else distance a b;
      size = lib.max (lib.stringLength a) (lib.stringLength b);
    };
  close = lib.filter (found: found.distance * 3 <= found.size) (map farness known);
  least = lib.foldl' (least: found: lib.min least found.distance) (lib.head close).distance close;
  closest = lib.filter (found: found.distance == least) close;
  neighbours = lib.filter (other: firstWord other == firstWord name) known;
in
if close != [ ] then
  "is ${lib.concatMapStringsSep " or " (found: "'${found.other}'") closest} meant?"
else if neighbours != [ ] then
  "below '${firstWord name}' the testkit has ${quoted neighbours}"
else
  "the testkit has options below ${quoted (lib.unique (map firstWord known))}"
