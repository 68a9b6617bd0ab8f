//! A look at both ends of a script that tells most shapes that cannot fit, before anything is built.

use crate::{Item, Shape};

/// Whether the known text at both ends of a shape stands at both ends of the script.
pub(crate) fn may_fit(script: &str, shape: &Shape) -> bool {
    let mut rest = script.as_bytes();
    match strip(shape, End::Front, &mut rest) {
        Known::Differs => false,
        // All of it is known; then all of the script was read.
        Known::Whole => rest.is_empty(),
        Known::Part => {
            let mut rest = script.as_bytes();
            strip(shape, End::Back, &mut rest) != Known::Differs
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Front,
    Back,
}

/// How far a shape is known text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// To its other end.
    Whole,
    /// To something that is not.
    Part,
    /// The script says something else.
    Differs,
}

/// Takes the known text at one end of a shape off a script.
fn strip(shape: &Shape, end: End, rest: &mut &[u8]) -> Known {
    match shape {
        Shape::Literal(literal) => each(&literal.pieces, end, |piece| {
            let text = piece.text.as_bytes();
            let stripped = match end {
                End::Front => rest.strip_prefix(text),
                End::Back => rest.strip_suffix(text),
            };
            match stripped {
                Some(stripped) => {
                    *rest = stripped;
                    Known::Whole
                }
                None => Known::Differs,
            }
        }),
        Shape::Sequence(shapes) => each(shapes, end, |shape| strip(shape, end, rest)),
        Shape::Interpolated { value, .. } => strip(value, end, rest),
        Shape::Join(join) => {
            let mut is_first = true;
            each(&join.items, end, |item| {
                let Item::One(shape) = item else {
                    return Known::Part;
                };
                let before = match std::mem::replace(&mut is_first, false) {
                    true => Known::Whole,
                    false => strip(&join.separator, end, rest),
                };
                match before {
                    Known::Whole => strip(shape, end, rest),
                    other => other,
                }
            })
        }
        Shape::Hole(_) | Shape::Choice(_) => Known::Part,
    }
}

/// Goes on from one end as long as all is known.
fn each<T>(all: &[T], end: End, mut strip: impl FnMut(&T) -> Known) -> Known {
    let mut known = Known::Whole;
    for index in 0..all.len() {
        let index = match end {
            End::Front => index,
            End::Back => all.len() - 1 - index,
        };
        known = strip(&all[index]);
        if known != Known::Whole {
            break;
        }
    }
    known
}
