//! What is known of a script before any evaluation: the functions that scripts are put together with do what Nix's do, and
//! what cannot be known is a hole and no guess.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod oracle;
mod support;

use std::path::Path;
use std::sync::Arc;

use source_map::{
    FileId, Hint, Level, NoFiles, Origin, Place, Project, ScriptMap, Shape, Source, discover,
};
use support::{holes, render, shape_of};

/// Expressions that Nix itself can evaluate, with their value.
const PLAIN: [(&str, &str); 34] = [
    ("''a'' + \"b\"", "ab"),
    ("toString 12 + toString (3 * 4 - 2)", "1210"),
    ("\"${toString true}${toString null}\"", "1"),
    ("toString [ 1 \"b\" [ 2 ] ]", "1 b 2"),
    ("builtins.concatStringsSep \", \" [ \"a\" \"b\" ]", "a, b"),
    (
        "builtins.concatStringsSep \"\" (map (x: x + \"!\") [ \"a\" \"b\" ])",
        "a!b!",
    ),
    (
        "builtins.concatStringsSep \"\" (builtins.genList toString 4)",
        "0123",
    ),
    (
        "builtins.concatStringsSep \"\" (builtins.filter (x: x != \"b\") [ \"a\" \"b\" \"c\" ])",
        "ac",
    ),
    (
        "builtins.concatStringsSep \" \" (builtins.attrNames { b = 1; a = 2; \"0\" = 3; })",
        "0 a b",
    ),
    (
        "builtins.concatStringsSep \" \" (builtins.attrValues { b = \"1\"; a = \"2\"; })",
        "2 1",
    ),
    (
        "builtins.concatStringsSep \" \" (builtins.sort builtins.lessThan [ \"b\" \"a\" ])",
        "a b",
    ),
    (
        "builtins.concatStringsSep \"\" (builtins.concatLists [ [ \"a\" ] [ ] [ \"b\" ] ])",
        "ab",
    ),
    (
        "builtins.concatStringsSep \"\" (builtins.concatMap (x: [ x x ]) [ \"a\" \"b\" ])",
        "aabb",
    ),
    (
        "builtins.replaceStrings [ \"a\" \"-\" ] [ \"1\" \"_\" ] \"a-b-a\"",
        "1_b_1",
    ),
    (
        "builtins.substring 1 2 \"abcd\" + builtins.substring 2 (0 - 1) \"abcd\"",
        "bccd",
    ),
    ("toString (builtins.stringLength \"abc\")", "3"),
    (
        "builtins.head [ \"a\" \"b\" ] + builtins.elemAt [ \"a\" \"b\" ] 1",
        "ab",
    ),
    (
        "builtins.concatStringsSep \"\" (builtins.tail [ \"a\" \"b\" \"c\" ])",
        "bc",
    ),
    ("builtins.foldl' (a: b: a + b) \"x\" [ \"a\" \"b\" ]", "xab"),
    (
        "if builtins.length [ 1 2 ] == 2 then \"two\" else \"more\"",
        "two",
    ),
    (
        "if { a = 1; } ? a && !({ } ? b) then \"yes\" else \"no\"",
        "yes",
    ),
    (
        "if builtins.elem \"b\" [ \"a\" \"b\" ] || throw \"x\" then \"in\" else \"out\"",
        "in",
    ),
    (
        "if 1 < 2 && 2 <= 2 && !(3 > 4) && 4 >= 4 then \"ok\" else \"no\"",
        "ok",
    ),
    (
        "let a = { x = \"1\"; } // { y = \"2\"; x = \"3\"; }; in a.x + a.y",
        "32",
    ),
    (
        "let f = { a, b ? a + \"!\", ... }@all: a + b + all.c; in f { a = \"1\"; c = \"2\"; }",
        "11!2",
    ),
    (
        "let f = a: b: a + b; g = f \"x\"; in g \"y\" + g \"z\"",
        "xyxz",
    ),
    ("rec { a = \"1\"; b = a + \"2\"; }.b", "12"),
    ("with { a = \"1\"; }; let a = \"2\"; in a", "2"),
    ("with { a = \"1\"; }; with { a = \"2\"; }; a", "2"),
    ("let inherit ({ a = \"1\"; }) a; in { inherit a; }.a", "1"),
    ("{ a.b = \"1\"; a.c = \"2\"; }.a.c + ({ }.x or \"3\")", "23"),
    (
        "let n = \"k\"; in { ${n} = \"v\"; \"${n}2\" = \"w\"; }.k + { ${n + \"2\"} = \"w\"; }.k2",
        "vw",
    ),
    (
        "(builtins.listToAttrs [ { name = \"a\"; value = \"1\"; } { name = \"a\"; value = \"2\"; } ]).a",
        "1",
    ),
    (
        "(builtins.mapAttrs (n: v: n + v) { a = \"1\"; }).a + (removeAttrs { a = \"x\"; } [ \"b\" ]).a",
        "a1x",
    ),
];

/// Expressions with the library of nixpkgs, whose meaning is taken from its documentation.
const LIBRARY: [(&str, &str); 36] = [
    (
        "lib.optionalString true \"a\" + lib.optionalString false \"b\"",
        "a",
    ),
    (
        "lib.concatMapStrings (x: x + \";\") [ \"a\" \"b\" ]",
        "a;b;",
    ),
    (
        "lib.concatMapStringsSep \", \" (x: \"<${x}>\") [ \"a\" \"b\" ]",
        "<a>, <b>",
    ),
    (
        "lib.concatImapStrings (i: x: toString i + x) [ \"a\" \"b\" ]",
        "1a2b",
    ),
    (
        "lib.concatImapStringsSep \"-\" (i: x: toString i + x) [ \"a\" \"b\" ]",
        "1a-2b",
    ),
    ("lib.concatLines [ \"a\" \"b\" ]", "a\nb\n"),
    (
        "lib.concatStrings (lib.mapAttrsToList (n: v: n + v) { b = \"2\"; a = \"1\"; })",
        "a1b2",
    ),
    (
        "lib.concatStrings (lib.forEach [ \"a\" \"b\" ] (x: x + x))",
        "aabb",
    ),
    (
        "lib.concatStrings (lib.imap0 (i: x: toString i + x) [ \"a\" \"b\" ])",
        "0a1b",
    ),
    (
        "lib.concatStrings (lib.optionals true [ \"a\" ] ++ lib.optional false \"b\")",
        "a",
    ),
    (
        "lib.concatStrings (lib.flatten [ \"a\" [ \"b\" [ \"c\" ] ] ])",
        "abc",
    ),
    ("lib.concatStrings (lib.splitString \"-\" \"a-b-\")", "ab"),
    (
        "lib.concatMapStringsSep \"\\n\" (l: \"  \" + l) (lib.splitString \"\\n\" \"a\\nb\")",
        "  a\n  b",
    ),
    (
        "lib.removeSuffix \"\\n\" \"a\\n\" + lib.removePrefix \"x\" \"xb\"",
        "ab",
    ),
    ("lib.strings.trim \"  a b\\n\"", "a b"),
    (
        "if lib.hasPrefix \"a\" \"ab\" && lib.hasSuffix \"b\" \"ab\" && lib.hasInfix \"b\" \"abc\" then \"y\" else \"n\"",
        "y",
    ),
    ("lib.toUpper \"ab\" + lib.toLower \"CD\"", "ABcd"),
    ("lib.concatStringsSep \" \" (lib.range 1 3)", "1 2 3"),
    (
        "lib.pipe [ \"a\" \"b\" ] [ (map (x: x + \"1\")) lib.concatStrings ]",
        "a1b1",
    ),
    (
        "lib.concatStrings (lib.attrValues (lib.genAttrs [ \"b\" \"a\" ] (n: n + \"!\")))",
        "a!b!",
    ),
    (
        "lib.concatStrings (lib.mapAttrsToList (n: v: v) (lib.filterAttrs (n: v: v != \"x\") { a = \"x\"; b = \"y\"; }))",
        "y",
    ),
    (
        "(lib.recursiveUpdate { a = { b = \"1\"; c = \"2\"; }; } { a.b = \"3\"; }).a.b",
        "3",
    ),
    (
        "lib.concatStrings (lib.zipListsWith (a: b: a + b) [ \"a\" \"b\" ] [ \"1\" \"2\" \"3\" ])",
        "a1b2",
    ),
    (
        "lib.concatStrings (lib.take 1 [ \"a\" \"b\" ] ++ lib.drop 1 [ \"c\" \"d\" ])",
        "ad",
    ),
    (
        "lib.last [ \"a\" \"b\" ] + lib.concatStrings (lib.init [ \"c\" \"d\" ])",
        "bc",
    ),
    ("lib.concatStrings (lib.reverseList [ \"a\" \"b\" ])", "ba"),
    ("lib.foldr (a: b: a + b) \"x\" [ \"a\" \"b\" ]", "abx"),
    ("lib.flip (a: b: a + b) \"1\" \"2\"", "21"),
    (
        "lib.mkBefore (lib.mkAfter (lib.mkForce (lib.mkDefault \"a\")))",
        "a",
    ),
    ("lib.mkIf true (lib.mkOrder 700 \"a\")", "a"),
    (
        "(lib.nameValuePair \"n\" \"v\").value + (lib.mapAttrs' (n: v: lib.nameValuePair (n + \"1\") v) { a = \"w\"; }).a1",
        "vw",
    ),
    (
        "lib.concatStrings (lib.catAttrs \"a\" [ { a = \"1\"; } { } { a = \"2\"; } ])",
        "12",
    ),
    (
        "lib.concatStrings (lib.collect builtins.isString { a = { b = \"1\"; }; c = \"2\"; d = 3; })",
        "12",
    ),
    (
        "lib.concatStrings (lib.collect lib.isString (lib.mapAttrsRecursive (path: v: lib.concatStringsSep \".\" path + v) { a.b = \"1\"; }))",
        "a.b1",
    ),
    (
        "lib.attrByPath [ \"a\" \"b\" ] \"none\" { a.b = \"1\"; } + lib.attrByPath [ \"x\" ] \"none\" { }",
        "1none",
    ),
    (
        "let inherit (lib) concatStrings; in with lib; concatStrings [ (optionalString true \"a\") ]",
        "a",
    ),
];

fn known(expression: &str) -> String {
    let shape = shape_of(expression);
    assert!(holes(&shape).is_empty(), "{expression}: {shape:?}");
    render(&shape, &[])
}

#[test]
fn known_expressions_have_the_text_that_nix_gives_them() {
    for (expression, text) in PLAIN.iter().chain(&LIBRARY) {
        assert_eq!(known(expression), *text, "{expression}");
    }
    if oracle::nix::version().is_none() {
        return;
    }
    let expressions: Vec<String> = PLAIN.iter().map(|(text, _)| format!("({text})")).collect();
    let (list, _) = oracle::nix::list_of(&expressions);
    let values = oracle::nix::strings(&list).unwrap();
    for ((expression, text), value) in PLAIN.iter().zip(values) {
        assert_eq!(value, *text, "Nix says of {expression}");
    }
}

#[test]
fn what_only_an_evaluation_knows_is_a_hole() {
    for (expression, count) in [
        ("''a ${unknown} b''", 1),
        ("\"${unknown.a.b}${toString unknown}\"", 2),
        ("''a'' + unknown", 1),
        ("''${pkgs.hello}/bin ${./file}''", 2),
        ("''${builtins.toJSON { a = 1; }}''", 1),
        ("\"${lib.removeSuffix \"x\" unknown}\"", 1),
        ("\"a${lib.splitString \"b\" \"c${unknown}\"}\"", 1),
    ] {
        assert_eq!(holes(&shape_of(expression)).len(), count, "{expression}");
    }
}

#[test]
fn an_evaluation_that_never_ends_is_given_up() {
    for expression in [
        "let a = b; b = a; in ''x ${a}''",
        "let f = x: f (x + 1); in ''x ${f 0}''",
        "let f = x: \"${f x}${f x}\"; in ''x ${f \"a\"}''",
        "let x = { a = x; }; in ''x ${toString x.a.a.a.a.a}''",
        "let l = l ++ l; in ''x ${toString l}''",
        "rec { a = \"x ${a}\"; }.a",
        "let s = n: if n == 0 then \"y\" else s (n - 1) + s (n - 1); in ''x ${s 40}''",
    ] {
        let text = format!("{{ testScript = {expression}; }}");
        let map = ScriptMap::align("x y\n", &[Source::new("test.nix", text)]);
        drop(map);
    }
    let deep = format!("''x ${{{}1{}}}''", "(x: ".repeat(120), ")".repeat(120));
    drop(shape_of(&deep));
}

fn align(files: &[(&str, &str)], candidate: &str, script: &str) -> (ScriptMap, FileId) {
    let read = |path: &Path| -> Option<Arc<str>> {
        let file = files.iter().find(|(name, _)| Path::new(name) == path)?;
        Some(Arc::from(file.1))
    };
    let mut project = Project::new(&read);
    let file = project.read(Path::new(candidate)).unwrap();
    (project.align(script, &[file], &Hint::default()), file)
}

/// The file and the text from where a byte of the script came.
fn source_of(map: &ScriptMap, wanted: &str) -> (String, usize) {
    let at = map.script().text().find(wanted).unwrap();
    match map.to_nix(at) {
        Origin::Exact { file, offset } => {
            let source = map.source(file).unwrap();
            assert!(source.text[offset..].starts_with(&wanted[..1]));
            (source.path.display().to_string(), offset)
        }
        other => panic!(
            "{wanted}: {other:?} {:?} {:#?}",
            map.problems(),
            map.segments()
        ),
    }
}

#[test]
fn imported_files_and_read_files_are_followed() {
    let files = [
        (
            "/t/test.nix",
            "{ pkgs, ... }: let common = import ./lib { name = \"web\"; }; in { name = \"x\"; testScript = common.start + builtins.readFile ./steps.py; }",
        ),
        (
            "/t/lib/default.nix",
            "{ name }: { start = ''\n  ${name}.start()\n''; }",
        ),
        ("/t/steps.py", "print(1)\n"),
    ];
    let (map, _) = align(&files, "/t/test.nix", "web.start()\nprint(1)\n");
    assert_eq!(map.level(), Level::Proven);
    assert_eq!(source_of(&map, ".start").0, "/t/lib/default.nix");
    assert_eq!(source_of(&map, "print(1)"), ("/t/steps.py".to_owned(), 0));
}

#[test]
fn a_file_without_a_script_leads_to_the_one_that_has_it() {
    let files = [
        (
            "/t/a.nix",
            "{ pkgs }: import ./make.nix { inherit pkgs; steps = ''a()''; }",
        ),
        (
            "/t/make.nix",
            "{ pkgs, steps }: pkgs.testers.runNixOSTest { name = \"m\"; testScript = ''\n  start_all()\n  ${steps}\n''; }",
        ),
    ];
    let (map, _) = align(&files, "/t/a.nix", "start_all()\na()\n");
    assert_eq!(source_of(&map, "start_all").0, "/t/make.nix");
    assert_eq!(source_of(&map, "a()\n").0, "/t/a.nix");
}

#[test]
fn definitions_are_merged_as_the_module_system_does() {
    let files = [
        (
            "/t/a.nix",
            "{ lib, ... }: { imports = [ ./b.nix ]; testScript = lib.mkBefore ''\n  first()\n''; }",
        ),
        (
            "/t/b.nix",
            "{ lib, ... }: { testScript = lib.mkMerge [ ''\n  second()\n'' (lib.mkAfter ({ nodes, ... }: ''\n  third(${nodes.x.y})\n'')) ]; }",
        ),
    ];
    let script = "first()\n\nsecond()\n\nthird(3)\n";
    let (map, _) = align(&files, "/t/a.nix", script);
    for (text, file) in [
        ("first", "/t/a.nix"),
        ("second", "/t/b.nix"),
        ("third", "/t/b.nix"),
    ] {
        assert_eq!(source_of(&map, text).0, file);
    }
}

#[test]
fn definitions_of_one_merge_stand_in_the_order_they_ask_for() {
    let text = "{ lib, config, ... }: { testScript = lib.mkMerge [ (lib.mkAfter ''last()\n'') config.steps (lib.mkIf config.x ''maybe()\n'') (lib.mkOrder 700 ''second()\n'') (lib.mkBefore ''first()\n'') ]; }"
        .replace("config.steps", "(lib.mkOrder 900 (args: args.steps))");
    let script = "first()\n\nsecond()\n\nx = 1\ny = 2\n\nlast()\n";
    let (map, file) = align(&[("/t/a.nix", text.as_str())], "/t/a.nix", script);
    assert_eq!(map.level(), Level::Unique);
    for word in ["first", "second", "last"] {
        let offset = text.find(&format!("''{word}")).unwrap() + 2;
        let origin = map.to_nix(script.find(word).unwrap());
        assert_eq!(origin, Origin::Exact { file, offset }, "{word}");
    }
    assert!(matches!(
        map.to_nix(script.find("y = 2").unwrap()),
        Origin::Hole { .. }
    ));
}

#[test]
fn one_binding_of_many_tests_is_told_apart_by_its_arguments() {
    let text = "{ lib, ... }: lib.mapAttrs (name: steps: lib.makeTest { inherit name; testScript = ''\n  ${name}.start()\n  ${steps}\n''; }) { one = ''a()''; two = ''b()''; }";
    for (script, arm) in [("one.start()\na()\n", "a()"), ("two.start()\nb()\n", "b()")] {
        let (map, file) = align(&[("/t/a.nix", text)], "/t/a.nix", script);
        assert_eq!(map.level(), Level::Proven);
        let at = script.find(arm).unwrap();
        let offset = text.find(arm).unwrap();
        assert_eq!(map.to_nix(at), Origin::Exact { file, offset });
        // The name is computed: it belongs to its interpolation.
        let start = text.find("${name}").unwrap();
        assert_eq!(
            map.to_nix(0),
            Origin::Hole {
                file,
                range: start..start + 7
            }
        );
    }
}

#[test]
fn the_binding_that_is_meant_is_taken() {
    let text = "{ a = { testScript = ''x()''; }; b = { testScript = ''x()''; }; }";
    let bindings = discover(text);
    for binding in &bindings {
        let mut project = Project::new(&NoFiles);
        let file = project.add(Source::new("test.nix", text));
        let hint = Hint {
            binding: Some(Place::new(file, binding.range.clone())),
            test_name: None,
        };
        let map = project.align("x()", &[file], &hint);
        let offset = binding.core.start + 2;
        assert_eq!(map.to_nix(0), Origin::Exact { file, offset });
    }
}

#[test]
fn a_default_that_callers_may_replace_is_believed_only_if_it_fits() {
    let text = "{ steps ? ''default()'' }: { testScript = ''\n  ${steps}\n  end()\n''; }";
    let (map, file) = align(&[("/t/a.nix", text)], "/t/a.nix", "default()\nend()\n");
    let offset = text.find("default").unwrap();
    assert_eq!(map.to_nix(0), Origin::Exact { file, offset });
    let (map, file) = align(&[("/t/a.nix", text)], "/t/a.nix", "other()\nend()\n");
    assert!(matches!(map.to_nix(0), Origin::Hole { file: found, .. } if found == file));
}

#[test]
fn bindings_name_the_machines_beside_them() {
    let text = "{ nodes = { a = { }; \"b-c\" = { }; }; nodes.d.x = 1; nodes.d.y = 2; containers.e = { }; machine = { }; testScript = ''x''; }";
    let nodes = &discover(text)[0].nodes;
    let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["a", "b-c", "d", "e", "machine"]);
    assert_eq!(&text[nodes[1].range.clone()], "\"b-c\"");
    assert_eq!(&text[nodes[2].definition.clone()], "nodes.d.x = 1;");
}

#[test]
fn a_shape_says_what_is_not_sure() {
    let arms = shape_of("if unknown then ''a'' else ''b''");
    assert!(
        matches!(&arms, Shape::Choice(arms) if arms.len() == 2),
        "{arms:?}"
    );
    let loops = shape_of("lib.concatMapStrings (x: \"a${x}\\n\") unknown");
    assert!(matches!(&loops, Shape::Join(_)), "{loops:?}");
}
