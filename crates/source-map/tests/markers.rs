//! What marks tell about scripts that were generated, and what is refused.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod oracle;
mod support;

use expect_test::expect;
use oracle::nix;
use source_map::{
    CannotMark, Column, FileId, Instrumented, LineEnds, LineIndex, Misread, Origin, Position,
    Reading, Selection, instrument, markable_literals,
};

const DEFAULT: &str = include_str!("fixtures/marked/default.nix");
const STEPS: &str = include_str!("fixtures/marked/steps.nix");

fn marked(text: &str) -> Instrumented {
    instrument(text, FileId(0), 0xa0, Selection::All).expect("marks")
}

/// The marks as people can read them.
fn visible(text: &str) -> String {
    text.replace('\u{E000}', "<").replace('\u{E001}', ">")
}

#[test]
fn marks_stand_before_the_first_text_of_each_line_and_beside_interpolations() {
    let text = "''\n  a\n\n    '''b\n  \t$c\n ${d} e\n  f ${\"g\"}\n\n''";
    expect![[r#"
        ''
          <a0>a

            <a1>'''b
          	<a2>$c
         <a3>${d}<a4> e
          <a5>f <a6>${"<a7>g"}<a8>

        ''"#]]
    .assert_eq(&visible(marked(text).text()));
}

#[test]
fn blank_text_and_the_escapes_of_blanks_are_not_marked() {
    for text in [
        "''''",
        "''\n   \n  ''",
        "''\n  ''\\n''\\ ''\\t\n''",
        "\" \\n\\t\r\n \"",
    ] {
        assert_eq!(marked(text).text(), text);
    }
}

#[test]
fn text_behind_an_escaped_line_feed_is_marked_behind_its_blanks() {
    expect!["''<a0>a''\\n  <a1>b''"].assert_eq(&visible(marked("''a''\\n  b''").text()));
}

#[test]
fn what_is_no_text_is_not_marked() {
    let text = r#"{
  "a b".c = x."d${"e"}" or "f";
  g = if h == "i" then ./j/${"k"} else import "l" "m";
  n = assert "o" != p; lib.hasPrefix "q" "r";
  inherit (s) "t";
  ${"u"} = builtins.replaceStrings [ "v" ] [ "w" ] "x${"y"}";
}"#;
    let literals = markable_literals(text).expect("literals");
    let found: Vec<_> = literals
        .iter()
        .map(|literal| (&text[literal.range.clone()], literal.depth))
        .collect();
    let expected = [
        ("\"f\"", 0),
        ("\"m\"", 0),
        ("\"r\"", 0),
        ("\"w\"", 0),
        ("\"x${\"y\"}\"", 0),
        ("\"y\"", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_selection_marks_what_it_names() {
    let text = r#"[ "a" "b${"c"}" "d" == "e" ]"#;
    let marks = |selection| {
        let marked = instrument(text, FileId(0), 1, selection).expect("marks");
        visible(marked.text())
    };
    let second = 6..text.find(" \"d\"").unwrap();
    assert_eq!(
        marks(Selection::Within(std::slice::from_ref(&second))),
        r#"[ "a" "<1>b<2>${"<3>c"}<4>" "d" == "e" ]"#
    );
    assert_eq!(
        marks(Selection::These(std::slice::from_ref(&second))),
        r#"[ "a" "<1>b<2>${"c"}<3>" "d" == "e" ]"#
    );
    assert_eq!(marks(Selection::Within(&[])), text);
}

#[test]
fn a_file_that_holds_marks_or_nests_too_deeply_is_refused() {
    let refused = |text: &str| instrument(text, FileId(0), 0, Selection::All).unwrap_err();
    assert_eq!(
        refused("\"é \u{E001}\""),
        CannotMark::HoldsMarks { offset: 4 }
    );
    assert_eq!(refused("#\u{E000}é"), CannotMark::HoldsMarks { offset: 1 });
    assert_eq!(refused(&"[".repeat(100_000)), CannotMark::TooDeep);
}

#[test]
fn a_literal_that_is_not_closed_gets_no_marks() {
    for text in ["''a", "\"a", "\"a${b\"", "''${a", "[ ''a''\\", "\"\\"] {
        assert_eq!(marked(text).text(), text, "{text}");
    }
}

#[test]
fn another_script_torn_marks_and_marks_of_other_files_are_refused() {
    let file = marked("''\n  a\n  b\n''");
    let read = |evaluated: &str, script: &str| {
        let evaluated = evaluated.replace('<', "\u{E000}").replace('>', "\u{E001}");
        Reading::of(&evaluated, script, &[&file]).map(|_| ())
    };
    let at = Position::new;
    assert_eq!(read("<a0>a\n<a1>b\n", "a\nb\n"), Ok(()));
    assert_eq!(
        read("<a0>a\n<a1>éb\n", "a\néx\n"),
        Err(Misread::Differs { at: at(2, 2) })
    );
    assert_eq!(read("<a0>a", "a\n"), Err(Misread::Differs { at: at(1, 2) }));
    for torn in [
        "a\n<a1",
        "a\na1>",
        "a\n<>",
        "a\n<A1>",
        "a\n< a1>",
        "a\n<<a1>>",
        "a\n<+1>",
    ] {
        let is_torn = matches!(read(torn, "a\n"), Err(Misread::Torn { at }) if at.line == 2);
        assert!(is_torn, "{torn}");
    }
    assert_eq!(
        read("a<a2>\n", "a\n"),
        Err(Misread::Unknown {
            id: 0xa2,
            at: at(1, 2)
        })
    );
    assert_eq!(
        read("<9f>", ""),
        Err(Misread::Unknown {
            id: 0x9f,
            at: at(1, 1)
        })
    );
    let holds = Reading::of("a", "\n\u{E000}", &[&file]).map(|_| ());
    assert_eq!(holds, Err(Misread::HoldsMarks { at: at(2, 1) }));
}

#[test]
fn text_that_was_changed_has_a_line_and_no_bytes() {
    let text = "''\n  a @x@\n  b\n''";
    let file = marked(text);
    let evaluated = file.text()[3..].replace("''", "").replace("@x@", "y");
    let evaluated = evaluated.replace("  ", "");
    let reading = Reading::of(&evaluated, "a y\nb\n", &[&file]).expect("a reading");
    let file = FileId(0);
    assert_eq!(reading.origin(0), Origin::Generated);
    assert_eq!(reading.line(1), Origin::Line { file, offset: 5 });
    assert_eq!(reading.line(2), Origin::Exact { file, offset: 13 });
    assert_eq!(reading.line(9), Origin::Generated);
}

/// Where each line of a script came from, in front of the line.
fn table(reading: &Reading, files: &[(&str, &str)]) -> String {
    let position = |file: FileId, offset: usize| {
        let (name, text) = files[file.index()];
        let at = LineIndex::new(text, LineEnds::Nix).position(offset, Column::Scalar);
        format!("{name}:{}:{}", at.line, at.column)
    };
    let script = reading.script();
    let mut table = String::new();
    for line in 1..=script.line_count() {
        let origin = match reading.line(line) {
            Origin::Exact { file, offset } => position(file, offset),
            Origin::Line { file, offset } => format!("{} (line)", position(file, offset)),
            Origin::Hole { file, range } => format!("{} (hole)", position(file, range.start)),
            Origin::Generated => "-".to_owned(),
        };
        let text = &script.text()[script.line_range(line).expect("a line")];
        table.push_str(&format!("{origin:20}|{text}\n"));
    }
    table
}

/// Evaluates the fixture of several files, with marks where the selection says, and without.
fn read_fixture(attribute: &str, selection: Selection<'_>) -> Result<Reading, String> {
    let main = instrument(DEFAULT, FileId(0), 0, selection).expect("marks");
    let steps = instrument(STEPS, FileId(1), main.next_id(), Selection::All).expect("marks");
    let script = evaluate_fixture(attribute, DEFAULT, STEPS).expect("the fixture evaluates");
    let evaluated = evaluate_fixture(attribute, main.text(), steps.text())?;
    Reading::of(&evaluated, &script, &[&main, &steps]).map_err(|error| error.to_string())
}

fn evaluate_fixture(attribute: &str, main: &str, steps: &str) -> Result<String, String> {
    // One file is all that a question has; the other becomes the function that it imports.
    let main = main.replace("import ./steps.nix", &format!("({steps})"));
    let value = nix::evaluate(&format!("({main}).{attribute}"))?;
    Ok(value.as_str().expect("a string").to_owned())
}

#[test]
fn a_generated_script_has_its_lines_where_they_were_written() {
    if nix::version().is_none() {
        return;
    }
    let reading = read_fixture("testScript", Selection::All).expect("a reading");
    expect![[r#"
        main:24:5           |start_all()
        -                   |
        main:26:5           |def check(machine):
        steps:4:5           |    machine.wait_for_unit("nginx")
        main:27:5 (hole)    |
        steps:6:5           |    with subtest("é"):
        steps:7:7           |      machine.wait_for_open_port(80)
        main:27:26          |
        main:28:28          |check(alpha)
        main:28:28          |check(beta)
        main:18:5           |print("hello")
        main:18:5           |print("hello")
        main:32:27          |
        main:34:7 (line)    |alpha.forward(8080)
        main:35:7           |alpha.wait()
        steps:9:21          |print(1)
        steps:10:1          |print(2)
        steps:9:11          |print(3)
        -                   |
    "#]]
    .assert_eq(&table(&reading, &[("main", DEFAULT), ("steps", STEPS)]));
}

#[test]
fn an_evaluation_that_looks_at_its_text_is_refused_and_one_with_fewer_marks_read() {
    if nix::version().is_none() {
        return;
    }
    let refused = read_fixture("measured", Selection::All).map(|_| ());
    let message = "with marks in its files the script is another from line 1, column 8 on; mark fewer strings";
    assert_eq!(refused, Err(message.to_owned()));

    let literals = markable_literals(DEFAULT).expect("literals");
    let outer: Vec<_> = literals
        .into_iter()
        .filter(|literal| literal.depth == 0)
        .map(|literal| literal.range)
        .collect();
    let reading = read_fixture("measured", Selection::These(&outer)).expect("a reading");
    expect![[r#"
        main:40:5           |assert 5 == 5
        main:41:5           |print("same")
        -                   |
    "#]]
    .assert_eq(&table(&reading, &[("main", DEFAULT)]));
}

#[test]
fn the_other_fixtures_evaluate_with_marks_to_their_scripts() {
    if nix::version().is_none() {
        return;
    }
    let function = "{ pkgs = { }; lib.optionalString = c: s: if c then s else \"\"; }";
    let nodes = "{ nodes.server.services.web.port = 80; }";
    for (text, after) in [
        (
            include_str!("fixtures/function.nix"),
            format!("{function}).testScript {nodes}"),
        ),
        (
            include_str!("fixtures/escapes.nix"),
            ").testScript".to_owned(),
        ),
        (
            include_str!("fixtures/two-tests.nix"),
            "{ runTest = test: test; }).second.testScript".to_owned(),
        ),
    ] {
        let ask = |text: &str| {
            let value = nix::evaluate(&format!("(({text}) {after}")).expect("a value");
            value.as_str().expect("a script").to_owned()
        };
        let marked = marked(text);
        let script = ask(text);
        let reading = Reading::of(&ask(marked.text()), &script, &[&marked]).expect("a reading");
        for line in 1..=reading.script().line_count() {
            let range = reading.script().line_range(line).expect("a line");
            let is_known = matches!(reading.line(line), Origin::Exact { .. });
            let is_blank = script[range.clone()].trim().is_empty();
            assert!(is_known || is_blank, "{}", &script[range]);
        }
    }
}
