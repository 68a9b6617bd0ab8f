//! The rules of Nix string literals, one test each. Values are those of `nix-instantiate`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // A test ends that way.

mod support;

use source_map::{Column, LineEnds, LineIndex, PieceOrigin, Place, Position, Shape};
use support::{holes, shape_of, value_of};

#[test]
fn blanks_and_a_line_feed_behind_the_opening_quotes_vanish() {
    assert_eq!(value_of("''   \n  a''"), "a");
}

#[test]
fn a_tab_behind_the_opening_quotes_stays() {
    assert_eq!(value_of("''\t\n  a''"), "\t\n  a");
}

#[test]
fn only_the_first_line_feed_vanishes() {
    assert_eq!(value_of("''\n\n  a''"), "\na");
}

#[test]
fn the_smallest_indentation_is_taken_from_every_line() {
    assert_eq!(value_of("''\n    a\n      b\n    c\n''"), "a\n  b\nc\n");
}

#[test]
fn a_blank_line_has_no_indentation_and_keeps_what_exceeds_the_smallest() {
    assert_eq!(value_of("''\n  a\n     \n \n  b\n''"), "a\n   \n\nb\n");
}

#[test]
fn two_quotes_and_a_dollar_are_a_dollar() {
    assert_eq!(value_of("''a ''${b} ''$c''"), "a ${b} $c");
}

#[test]
fn three_quotes_are_two() {
    assert_eq!(value_of("''a '''b''' c''"), "a ''b'' c");
}

#[test]
fn two_quotes_and_a_backslash_escape_the_next_character() {
    assert_eq!(
        value_of(r"''a''\nb''\tc''\rd''\'e''\\f''\xg''\é''"),
        "a\nb\tc\rd'e\\fxgé"
    );
}

#[test]
fn a_backslash_alone_is_itself() {
    assert_eq!(value_of(r#"''\n \" \''"#), r#"\n \" \"#);
}

#[test]
fn two_dollars_before_a_brace_are_themselves() {
    assert_eq!(value_of("''$${x} $ $$ $a''"), "$${x} $ $$ $a");
}

#[test]
fn a_lone_quote_is_itself_and_may_stand_before_an_interpolation() {
    assert_eq!(value_of("''it's '${\"x\"}'.''"), "it's 'x'.");
}

#[test]
fn an_interpolation_at_the_start_of_a_line_counts_the_spaces_before_it() {
    assert_eq!(value_of("''\n    a\n  ${\"x\"}\n''"), "  a\nx\n");
}

#[test]
fn an_escape_at_the_start_of_a_line_counts_the_spaces_before_it() {
    assert_eq!(value_of("''\n    a\n  ''$b\n''"), "  a\n$b\n");
}

#[test]
fn a_lone_quote_at_the_start_of_a_line_counts_the_spaces_before_it() {
    assert_eq!(value_of("''\n    a\n  '${\"x\"}'\n''"), "  a\n'x'\n");
}

#[test]
fn a_tab_is_content_and_not_indentation() {
    assert_eq!(value_of("''\n    a\n\tb\n''"), "    a\n\tb\n");
    assert_eq!(value_of("''\n  \ta\n  \tb\n''"), "\ta\n\tb\n");
}

#[test]
fn spaces_behind_an_escaped_line_feed_are_stripped_although_they_did_not_count() {
    assert_eq!(value_of("''\n    a''\\n      b\n  ''"), "a\n  b\n");
}

#[test]
fn even_an_escaped_space_is_stripped_behind_an_escaped_line_feed() {
    assert_eq!(value_of("''\n    a''\\n''\\ b''"), "a\nb");
}

#[test]
fn a_last_line_of_spaces_is_cut() {
    assert_eq!(value_of("''\n  a\n      ''"), "a\n");
    assert_eq!(value_of("''    ''"), "");
}

#[test]
fn a_last_line_of_spaces_behind_an_interpolation_or_escape_stays() {
    assert_eq!(value_of("''\n  a${\"x\"}  ''"), "ax  ");
    assert_eq!(value_of("''\n  a''\\n    ''"), "a\n  ");
}

#[test]
fn a_last_line_with_a_tab_is_not_cut() {
    assert_eq!(value_of("''\n  a\n  \t''"), "a\n\t");
}

#[test]
fn a_value_is_neither_stripped_nor_indented() {
    assert_eq!(
        value_of("''\n    a ${\"v\\n  w\"} b\n    c\n''"),
        "a v\n  w b\nc\n"
    );
}

#[test]
fn nothing_is_stripped_in_a_file_with_carriage_returns_and_a_blank_line() {
    assert_eq!(
        value_of("''\r\n    a\r\n\r\n    b\r\n  ''"),
        "\r\n    a\r\n\r\n    b\r\n"
    );
}

#[test]
fn text_behind_the_opening_quotes_counts_with_its_own_indentation() {
    assert_eq!(value_of("''foo\n    bar''"), "foo\n    bar");
    assert_eq!(value_of("''  foo\n    bar''"), "foo\n  bar");
}

#[test]
fn a_plain_string_knows_backslashes() {
    assert_eq!(
        value_of(r#""a\nb\tc\rd\\e\"f\${g}\h $${x} $\n""#),
        "a\nb\tc\rd\\e\"f${g}h $${x} $\n"
    );
}

#[test]
fn a_plain_string_turns_carriage_returns_into_line_feeds() {
    assert_eq!(value_of("\"a\r\nb\rc\\\rd\""), "a\nb\nc\rd");
}

#[test]
fn a_plain_string_keeps_its_indentation() {
    assert_eq!(value_of("\"\n  a\n\""), "\n  a\n");
}

#[test]
fn pieces_of_a_literal_name_the_bytes_that_spell_them() {
    let text = "{ testScript = ''\n    é''$x\n      '''\n  ''; }";
    let Ok(Shape::Literal(literal)) = support::only_definition(text).shape else {
        panic!("one literal")
    };
    let pieces: Vec<_> = literal
        .pieces
        .iter()
        .map(|piece| (piece.text.as_str(), &piece.origin))
        .collect();
    let at = |start, end| Place::new(source_map::FileId(0), start..end);
    let of = |spelled: &str| {
        let start = text.find(spelled).unwrap();
        at(start, start + spelled.len())
    };
    let rest = of("x\n").range.end;
    assert_eq!(
        pieces,
        [
            ("é", &PieceOrigin::Verbatim(of("é"))),
            ("$", &PieceOrigin::Escape(of("''$"))),
            ("x\n", &PieceOrigin::Verbatim(of("x\n"))),
            ("  ", &PieceOrigin::Verbatim(at(rest + 4, rest + 6))),
            ("''", &PieceOrigin::Escape(of("'''"))),
            (
                "\n",
                &PieceOrigin::Verbatim(at(of("'''").range.end, of("'''").range.end + 1))
            ),
        ]
    );
}

#[test]
fn holes_stand_in_the_order_of_the_text() {
    let shape = shape_of("''${a} b ${c + \"${d}\"}''");
    let starts = holes(&shape)
        .into_iter()
        .map(|hole| hole.source.range.start);
    assert!(starts.is_sorted());
}

#[test]
fn columns_count_bytes_code_units_or_characters() {
    let lines = LineIndex::new("a\né🦀x", LineEnds::Nix);
    let of = |unit| lines.position("a\né🦀".len(), unit);
    assert_eq!(of(Column::Utf8), Position::new(2, 7));
    assert_eq!(of(Column::Utf16), Position::new(2, 4));
    assert_eq!(of(Column::Scalar), Position::new(2, 3));
    for unit in [Column::Utf8, Column::Utf16, Column::Scalar] {
        assert_eq!(lines.offset(of(unit), unit), Some("a\né🦀".len()));
    }
}

#[test]
fn a_position_inside_a_character_is_its_start_and_one_behind_a_line_its_end() {
    let lines = LineIndex::new("é🦀\nb", LineEnds::Nix);
    assert_eq!(lines.offset(Position::new(1, 3), Column::Utf16), Some(2));
    assert_eq!(lines.position(4, Column::Utf16), Position::new(1, 2));
    assert_eq!(lines.offset(Position::new(1, 99), Column::Utf16), Some(6));
    assert_eq!(lines.offset(Position::new(3, 1), Column::Utf16), None);
    assert_eq!(lines.offset(Position::new(0, 1), Column::Utf16), None);
}

#[test]
fn python_ends_lines_at_carriage_returns_and_not_at_form_feeds() {
    let text = "a\rb\r\nc\x0cd\ne";
    let starts = |ends| {
        let lines = LineIndex::new(text, ends);
        (1..=lines.line_count())
            .map(|line| text[lines.line_range(line).unwrap()].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(LineEnds::Python), ["a", "b", "c\x0cd", "e"]);
    assert_eq!(starts(LineEnds::Nix), ["a\rb", "c\x0cd", "e"]);
}
