# What nixpkgs' library has and the testkit's has not, for the tests of this folder.
lib:

{
  inherit (builtins) getAttr readFile;

  collect =
    wanted: value:
    if wanted value then
      [ value ]
    else if lib.isAttrs value then
      lib.concatMap (lib.collect wanted) (lib.attrValues value)
    else
      [ ];

  concatImapStrings = f: list: lib.concatStrings (lib.imap1 f list);

  forEach = list: f: map f list;

  mapAttrsRecursive =
    f:
    let
      below =
        path:
        lib.mapAttrs (
          name: value: if lib.isAttrs value then below (path ++ [ name ]) value else f (path ++ [ name ]) value
        );
    in
    below [ ];
}
