//! Which bindings of a file are test scripts, and what is said about each.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use source_map::{Binding, StringStyle, Unreadable, Wrapper, discover};
use support::definitions;

fn only(text: &str) -> Binding {
    let mut found = discover(text);
    assert_eq!(found.len(), 1, "bindings in {text:?}: {found:#?}");
    found.remove(0)
}

fn unreadable(text: &str) -> Unreadable {
    let mut found = definitions(text);
    assert_eq!(found.len(), 1, "bindings in {text:?}");
    found.remove(0).shape.expect_err("no shape")
}

#[test]
fn a_binding_names_its_ranges() {
    let text =
        "{ name = \"boot\"; nodes = { }; testScript = { nodes, ... }: ''\n  start_all()\n'';\n}";
    let binding = only(text);
    assert_eq!(
        &text[binding.range.clone()],
        &text[text.find("testScript").unwrap()..text.len() - 2]
    );
    assert_eq!(&text[binding.path.clone()], "testScript");
    assert!(text[binding.value.clone()].starts_with("{ nodes, ... }:"));
    assert_eq!(&text[binding.core.clone()], "''\n  start_all()\n''");
    assert_eq!(binding.wrappers, [Wrapper::Function]);
    assert_eq!(binding.test_name.as_deref(), Some("boot"));
    assert!(!binding.is_recovered);
    let [string] = binding.strings.as_slice() else {
        panic!("one string")
    };
    assert_eq!(
        (string.style, &text[string.body.clone()]),
        (StringStyle::Indented, "\n  start_all()\n")
    );
}

#[test]
fn wrappers_are_named_outermost_first() {
    let text =
        "{ testScript = args: { a, b ? 1 }@all: let x = 1; in with x; assert true; (\"a\"); }";
    let wrappers = only(text).wrappers;
    use Wrapper::{Assert, Function, Let, Parentheses, With};
    assert_eq!(
        wrappers,
        [Function, Function, Let, With, Assert, Parentheses]
    );
}

#[test]
fn formals_and_inherits_are_no_bindings() {
    assert_eq!(
        discover("{ testScript ? null, ... }: { inherit testScript; inherit (x) testScript; }"),
        []
    );
    assert_eq!(discover("{ testScript, ... }@args: args.testScript"), []);
}

#[test]
fn a_let_binding_is_a_binding() {
    assert_eq!(
        only("let testScript = ''a''; in { inherit testScript; }").test_name,
        None
    );
}

#[test]
fn a_dotted_path_is_a_binding_with_the_name_under_the_same_prefix() {
    let text = "{ name = \"outer\"; a.name = \"inner\"; a.testScript = ''x''; }";
    assert_eq!(only(text).test_name.as_deref(), Some("inner"));
}

#[test]
fn the_shell_script_of_that_name_is_no_binding() {
    assert_eq!(
        discover("{ system.build.testScript = pkgs.writeText \"x\" \"y\"; }"),
        []
    );
}

#[test]
fn a_name_that_is_computed_is_no_name() {
    assert_eq!(
        only("{ name = \"a-${b}\"; testScript = ''x''; }").test_name,
        None
    );
    assert_eq!(
        only("{ name = f \"a\"; testScript = ''x''; }").test_name,
        None
    );
}

#[test]
fn every_binding_of_a_file_is_found_in_order() {
    let text = "{ a = { name = \"a\"; testScript = ''1''; }; b = mk { name = \"b\"; testScript = \"2\"; }; }";
    let names: Vec<_> = discover(text)
        .into_iter()
        .filter_map(|binding| binding.test_name)
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn strings_inside_interpolations_belong_to_the_outer_string() {
    let text = "{ testScript = let x = \"1\"; in ''a ${f \"b\"} c'' + \"d\"; }";
    let strings: Vec<_> = only(text)
        .strings
        .into_iter()
        .map(|string| &text[string.range])
        .collect();
    assert_eq!(strings, ["\"1\"", "''a ${f \"b\"} c''", "\"d\""]);
}

#[test]
fn a_value_of_another_kind_says_which() {
    let kind = |text| match unreadable(text) {
        Unreadable::Kind { kind, .. } => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("{ testScript = a + b; }"), "a concatenation");
    assert_eq!(kind("{ testScript = a ++ b; }"), "an operation");
    assert_eq!(
        kind("{ testScript = builtins.readFile ./test.py; }"),
        "a function call"
    );
    assert_eq!(kind("{ testScript = { nodes }: script; }"), "a name");
    assert_eq!(
        unreadable("{ testScript = ./test.py; }").to_string(),
        "this kind of expression (a path) cannot be followed to its text; debug the generated script instead"
    );
}

#[test]
fn an_unclosed_string_is_a_binding_without_a_shape() {
    assert!(matches!(
        unreadable("{ testScript = ''\n  a\n"),
        Unreadable::Incomplete { .. }
    ));
    assert!(matches!(
        unreadable("{ testScript = ''\n  a ${ b\n''; }"),
        Unreadable::Incomplete { .. }
    ));
    assert!(matches!(
        unreadable("{ testScript = ; }"),
        Unreadable::Kind { .. } | Unreadable::Missing { .. }
    ));
}

#[test]
fn a_binding_behind_a_half_typed_attribute_is_found_by_its_words() {
    let text = "{ x = config.services.; nodes.a = { }; testScript = { nodes, ... }: ''\n  a()\n''; meta = 1; }";
    let binding = only(text);
    assert_eq!(&text[binding.core], "''\n  a()\n''");
    assert_eq!(binding.wrappers, [Wrapper::Function]);
}

#[test]
fn a_binding_behind_an_attribute_without_equals_is_found_by_its_words() {
    let text = "{ services.foo.ena\n  testScript = ''\n  a()\n''; }";
    assert_eq!(&text[only(text).core], "''\n  a()\n''");
}

#[test]
fn words_in_strings_and_comments_are_no_bindings() {
    assert_eq!(
        discover("{ # testScript = ''a'';\n x = \"testScript = 1;\"; y = ''testScript = 2;''; }"),
        []
    );
}

#[test]
fn a_file_that_nests_too_deeply_has_no_bindings() {
    let deep = |open: &str, close: &str| {
        let inside = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        format!("{{ testScript = ''a''; x = {inside}; }}")
    };
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{ a = ", "; }"),
        ("!", ""),
        ("- ", ""),
        ("a ++ ", ""),
        ("f ", ""),
        ("x: ", ""),
    ] {
        assert_eq!(discover(&deep(open, close)), [], "{open}");
    }
}

#[test]
fn a_file_as_deep_as_is_allowed_is_read() {
    let deep = |open: &str, close: &str, times| {
        let inside = format!("{}1{}", open.repeat(times), close.repeat(times));
        format!("{{ testScript = ''a''; x = {inside}; }}")
    };
    for (open, close, times) in [
        ("[", "]", 150),
        ("(", ")", 150),
        ("{ a = ", "; }", 150),
        ("!", "", 1900),
        ("- ", "", 1900),
        ("a ++ ", "", 900),
        ("f ", "", 1900),
        ("x: ", "", 900),
    ] {
        assert_eq!(discover(&deep(open, close, times)).len(), 1, "{open}");
    }
}

#[test]
fn a_long_list_is_not_deep() {
    let text = format!(
        "{{ testScript = ''a''; x = [ {} ]; }}",
        "{ a = 1; } (f 1) \"s\" a.b ".repeat(5000)
    );
    assert_eq!(discover(&text).len(), 1);
}
