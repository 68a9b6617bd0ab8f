//! Hand-written tests, and the whole map of each: script on the right, where each line came from on the left.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use std::path::Path;

use expect_test::{Expect, expect};
use source_map::{
    Column, Columns, FileId, Hint, Level, Location, Origin, Position, Problem, ScriptMap, Source,
};

const COLUMNS: Columns = Columns {
    script: Column::Scalar,
    nix: Column::Utf16,
};

/// The script that a binding evaluates to when its interpolations have these values.
fn evaluated(text: &str, values: &[&str]) -> String {
    let definition = support::only_definition(text);
    support::render(&definition.shape.expect("a shape"), values)
}

fn mapped(text: &str, values: &[&str]) -> ScriptMap {
    ScriptMap::align(&evaluated(text, values), &[Source::new("test.nix", text)])
}

/// Each line of the script with the Nix line it stands for: `12` exact, `12?` one of several places there, `12$` an
/// interpolation that begins there, `-` generated.
fn picture(map: &ScriptMap) -> String {
    let mut picture = format!("{:?}\n", map.level());
    for line in 1..=map.script().line_count() {
        let place = match map.nix_line(line, COLUMNS.nix) {
            Location::Exact { position, .. } => format!("{}", position.line),
            Location::Line { line, .. } => format!("{line}?"),
            Location::Hole { start, .. } => format!("{}$", start.line),
            Location::Generated => "-".to_owned(),
        };
        let text = &map.script().text()[map.script().line_range(line).unwrap()];
        picture.push_str(format!("{place:>4} | {text}").trim_end());
        picture.push('\n');
    }
    for problem in map.problems() {
        picture.push_str(&format!("problem: {problem}\n"));
    }
    picture
}

fn check(map: &ScriptMap, expected: Expect) {
    expected.assert_eq(&picture(map));
}

/// The line of the file that holds this text.
fn line_with(text: &str, wanted: &str) -> u32 {
    let found: Vec<u32> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.contains(wanted))
        .map(|(line, _)| line)
        .collect();
    assert_eq!(found.len(), 1, "lines with {wanted:?}");
    found[0]
}

const FUNCTION: &str = include_str!("fixtures/function.nix");
/// What only an evaluation knows: the port of the server, twice.
const FUNCTION_VALUES: [&str; 2] = ["8080", "8080"];

#[test]
fn a_function_with_values_of_one_and_of_many_lines() {
    check(
        &mapped(FUNCTION, &FUNCTION_VALUES),
        expect![[r#"
            Unique
              25 | start_all()
               5 | server.wait_for_unit("web.service")
               6 | server.wait_for_open_port(8080)
              26 |
              27 | with subtest("über the wire"):
              28 |     client.succeed("curl http://server:8080/a", timeout=5)
              29 |
              30 |     for path in ["a", "b"]:
              31 |         client.succeed(f"curl http://server:8080/{path}")
              33 | server.fail("ss -ltn | grep :80")
              34 |
              35 | print("done")
               - |
        "#]],
    );
}

#[test]
fn a_value_of_lines_stands_where_it_is_spelled() {
    let map = mapped(FUNCTION, &FUNCTION_VALUES);
    let spelled = line_with(FUNCTION, "wait_for_unit");
    assert_eq!(map.script_lines(FileId(0), spelled), [2]);
    assert_eq!(map.script_lines(FileId(0), spelled + 1), [3]);
    let nix_line = line_with(FUNCTION, "${wait}");
    assert_eq!(map.script_lines(FileId(0), nix_line), [] as [u32; 0]);
    let start = FUNCTION.find("${wait}").unwrap();
    assert_eq!(map.to_script(FileId(0), start), ["start_all()\n".len()]);
}

#[test]
fn a_value_at_the_start_of_a_line_belongs_to_its_interpolation() {
    let text = "{ testScript = ''\n    start_all()\n    ${wait}\n  ''; }";
    let map = mapped(text, &["a()\nb()"]);
    assert_eq!(map.script_lines(FileId(0), 3), [] as [u32; 0]);
    assert_eq!(map.hole_lines(FileId(0), 3), [2, 3]);
    let inside = map.nix_position(Position::new(3, 2), COLUMNS);
    let (start, end) = (Position::new(3, 5), Position::new(3, 12));
    assert_eq!(
        inside,
        Location::Hole {
            file: FileId(0),
            start,
            end
        }
    );
}

#[test]
fn a_line_that_begins_with_a_known_value_is_about_itself() {
    let text = "let node = \"web\"; in { testScript = ''\n    ${node}.start()\n    print(${node})\n  ''; }";
    let map = mapped(text, &[]);
    assert_eq!(map.script_lines(FileId(0), 2), [1]);
    assert_eq!(map.script_lines(FileId(0), 3), [2]);
    let name = text.find("web").unwrap();
    assert_eq!(
        map.to_nix(0),
        Origin::Exact {
            file: FileId(0),
            offset: name
        }
    );
    assert_eq!(
        map.to_script(FileId(0), name),
        [0, "web.start()\nprint(".len()]
    );
}

#[test]
fn a_breakpoint_finds_the_line_that_its_text_became() {
    let map = mapped(FUNCTION, &FUNCTION_VALUES);
    let lines = |wanted| map.script_lines(FileId(0), line_with(FUNCTION, wanted));
    assert_eq!(lines("start_all()"), [1]);
    assert_eq!(lines("with subtest"), [5]);
    assert_eq!(lines("for path"), [8]);
    assert_eq!(lines("print(\"done\")"), [12]);
    assert!(lines("nodes.client").is_empty());
}

#[test]
fn columns_are_counted_as_each_side_asks() {
    let text = "{ testScript = ''\n    print(\"é🦀\", 1)\n  ''; }";
    let map = mapped(text, &[]);
    let one = Position::new(1, "print(\"é🦀\", ".chars().count() as u32 + 1);
    let nix = Position::new(2, "    print(\"é🦀\", ".encode_utf16().count() as u32 + 1);
    assert_eq!(
        map.nix_position(one, COLUMNS),
        Location::Exact {
            file: FileId(0),
            position: nix
        }
    );
    assert_eq!(map.script_positions(FileId(0), nix, COLUMNS), [one]);
}

#[test]
fn values_are_known_from_the_script() {
    let map = mapped(FUNCTION, &FUNCTION_VALUES);
    let unknown = map.holes().iter().filter(|hole| !hole.is_followed);
    let values: Vec<_> = unknown
        .map(|hole| &map.script().text()[hole.out.clone()])
        .collect();
    assert_eq!(values, FUNCTION_VALUES);
    assert!(map.holes().iter().all(|hole| hole.is_certain));
}

#[test]
fn two_tests_with_the_same_script_are_told_apart_by_name_only() {
    let text = include_str!("fixtures/two-tests.nix");
    let script = "machine.start()\nmachine.succeed(\"true\")\n";
    let sources = [Source::new("two.nix", text)];
    let map = ScriptMap::align(script, &sources);
    check(
        &map,
        expect![[r#"
            Guess
               - | machine.start()
               - | machine.succeed("true")
               - |
            problem: other testScript bindings give the same script (1); say which one is meant
            problem: 2 lines of the script could come from several places; they are shown in the generated script
        "#]],
    );
    let hint = Hint {
        test_name: Some("second".to_owned()),
        ..Hint::default()
    };
    let map = ScriptMap::align_with(script, &sources, &hint);
    assert_eq!(
        map.matched().unwrap().binding.test_name.as_deref(),
        Some("second")
    );
    assert!(map.matched().unwrap().rivals.is_empty());
    check(
        &map,
        expect![[r#"
            Proven
              16 | machine.start()
              17 | machine.succeed("true")
               - |
        "#]],
    );
}

#[test]
fn a_plain_string_is_mapped_by_its_escapes() {
    let text = include_str!("fixtures/two-tests.nix");
    let script = "machine.succeed(\"echo \\\"hi\\\"\")\nmachine.shutdown()\n";
    let map = ScriptMap::align(script, &[Source::new("two.nix", text)]);
    check(
        &map,
        expect![[r#"
        Proven
          24 | machine.succeed("echo \"hi\"")
          24 | machine.shutdown()
           - |
    "#]],
    );
    let nix_line = line_with(text, "machine.shutdown");
    assert_eq!(
        map.script_lines(FileId(0), nix_line),
        [1, 2],
        "one Nix line became two"
    );
}

#[test]
fn escapes_tabs_and_text_behind_the_opening_quotes() {
    let text = include_str!("fixtures/escapes.nix");
    let map = mapped(text, &["x"]);
    check(
        &map,
        expect![[r#"
            Proven
               4 | machine.start()
               5 |     home = machine.succeed("echo ${HOME} $HOME $$")
               6 |     empty = '''''
               7 |     print("a
               7 | b \ \t 🦀", home)
               8 |     	# a tab before this comment
               9 |     assert "it's" != 'x'
               - |
        "#]],
    );
}

#[test]
fn a_file_with_carriage_returns_is_mapped_as_nix_reads_it() {
    let text = "{\r\n  testScript = ''\r\n    a()\r\n\r\n    b()\r\n  '';\r\n}\r\n";
    let map = mapped(text, &[]);
    check(
        &map,
        expect![[r#"
        Proven
           2 |
           3 |     a()
           4 |
           5 |     b()
           - |
    "#]],
    );
    assert_eq!(map.script_lines(FileId(0), line_with(text, "b()")), [4]);
}

#[test]
fn tabs_are_content() {
    check(
        &mapped("{ testScript = ''\n\tif a:\n\t\tb()\n''; }", &[]),
        expect![[r#"
            Proven
               2 | 	if a:
               3 | 		b()
               - |
        "#]],
    );
}

#[test]
fn an_interpolation_over_several_lines_joins_them_into_one() {
    let text = "{ testScript = ''\n  a(${\n    f x\n  }, 1)\n  b()\n''; }";
    let map = mapped(text, &["\"v\\n\""]);
    check(
        &map,
        expect![[r#"
        Unique
           2 | a("v\n", 1)
           5 | b()
           - |
    "#]],
    );
}

#[test]
fn text_behind_a_value_of_many_lines_continues_its_last_line() {
    let text = "{ testScript = ''\n  a(\"\"\"${x}\"\"\", 1)\n  b()\n''; }";
    let map = mapped(text, &["1\n2"]);
    check(
        &map,
        expect![[r#"
        Unique
           2 | a("""1
           2 | 2""", 1)
           3 | b()
           - |
    "#]],
    );
    assert_eq!(map.script_lines(FileId(0), 2), [1, 2]);
}

#[test]
fn the_arm_of_an_if_that_was_taken_is_found() {
    let text = "{ testScript = if x then ''a()'' else ''b()''; }";
    for (script, offset) in [("a()", 27), ("b()", 40)] {
        let map = ScriptMap::align(script, &[Source::new("test.nix", text)]);
        assert_eq!(
            map.to_nix(0),
            Origin::Exact {
                file: FileId(0),
                offset
            },
            "{script}"
        );
        assert_eq!(map.level(), Level::Unique);
    }
}

#[test]
fn a_binding_that_spells_nothing_fits_no_script() {
    let map = ScriptMap::align(
        "a()\n",
        &[Source::new("test.nix", "{ testScript = ''\n  ${x}\n''; }")],
    );
    assert_eq!(map.level(), Level::Unmapped);
}

#[test]
fn the_binding_that_spells_the_most_wins_over_the_first() {
    let general = Source::new("general.nix", "{ testScript = ''\n  a()\n  ${rest}\n''; }");
    let exact = Source::new("exact.nix", "{ testScript = ''\n  a()\n  b()\n''; }");
    let map = ScriptMap::align("a()\nb()\n", &[general, exact]);
    assert_eq!(
        map.matched().map(|found| found.file),
        map.file(Path::new("exact.nix"))
    );
    assert_eq!(
        (map.level(), map.matched().unwrap().rivals.len()),
        (Level::Proven, 0)
    );
}

#[test]
fn a_script_that_was_edited_since_is_not_mapped() {
    let map = ScriptMap::align(
        "a()\nb()\n",
        &[Source::new(
            "test.nix",
            "{ testScript = ''\n  a()\n  c()\n''; }",
        )],
    );
    assert_eq!(map.problems(), [Problem::NothingFits]);
    assert_eq!(
        ScriptMap::align("a()", &[]).problems(),
        [Problem::NoBinding]
    );
}

#[test]
fn lines_that_could_come_from_two_places_are_generated() {
    let text = "{ testScript = ''\n  a()\n  ${x}\n  b()\n  ${y}\n  c()\n''; }";
    let map = mapped(text, &["p()", "q()\nb()\nr()"]);
    check(
        &map,
        expect![[r#"
            Guess
               2 | a()
              3$ | p()
               - | b()
               - | q()
               - | b()
              5$ | r()
               6 | c()
               - |
            problem: 3 lines of the script could come from several places; they are shown in the generated script
        "#]],
    );
}

#[test]
fn an_unmapped_script_is_one_generated_segment() {
    let map = ScriptMap::unmapped("a()\n");
    assert_eq!((map.level(), map.segments().len()), (Level::Unmapped, 1));
    assert_eq!(map.nix_line(1, Column::Utf16), Location::Generated);
    assert_eq!(ScriptMap::unmapped("").segments(), []);
}

#[test]
fn a_search_with_too_many_ways_is_given_up() {
    let body = format!("{}b", "a${x}".repeat(400));
    let map = ScriptMap::align(
        &format!("{}b", "a".repeat(20_000)),
        &[Source::new(
            "test.nix",
            format!("{{ testScript = ''{body}''; }}"),
        )],
    );
    let is_given_up = matches!(
        map.problems(),
        [Problem::TooManyWays { .. }, Problem::NothingFits]
    );
    assert!(is_given_up, "{:?} {:?}", map.level(), map.problems());
}
