//! Refuses files that nest so deeply that parsing them could overflow the stack.
//!
//! The parser and its trees are recursive, and not everything in them is bounded by the parser's own limit: list
//! brackets, operator chains and application chains are not. No file that a person wrote comes near these limits.

use rnix::SyntaxKind;

/// Brackets within brackets.
const MOST_BRACKETS: usize = 160;

/// Tokens of one expression at one bracket level: each can be one level of the tree.
const MOST_TOKENS: usize = 2000;

/// Whether the text can be parsed on a small stack.
pub(crate) fn is_too_deep(text: &str) -> bool {
    let openers = text
        .bytes()
        .filter(|byte| matches!(byte, b'(' | b'[' | b'{'))
        .count();
    if openers < MOST_BRACKETS && text.len() <= MOST_TOKENS {
        return false;
    }
    let mut levels = vec![Level {
        tokens: 0,
        is_list: false,
    }];
    for (kind, _) in rnix::tokenize(text) {
        match kind {
            SyntaxKind::TOKEN_L_BRACE
            | SyntaxKind::TOKEN_L_PAREN
            | SyntaxKind::TOKEN_L_BRACK
            | SyntaxKind::TOKEN_INTERPOL_START => {
                levels.push(Level {
                    tokens: 0,
                    is_list: kind == SyntaxKind::TOKEN_L_BRACK,
                });
            }
            SyntaxKind::TOKEN_R_BRACE
            | SyntaxKind::TOKEN_R_PAREN
            | SyntaxKind::TOKEN_R_BRACK
            | SyntaxKind::TOKEN_INTERPOL_END
                if levels.len() > 1 =>
            {
                levels.pop();
            }
            _ => {}
        }
        let Some(level) = levels.last_mut() else {
            continue;
        };
        match kind {
            SyntaxKind::TOKEN_SEMICOLON | SyntaxKind::TOKEN_COMMA => level.tokens = 0,
            SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT => {}
            // The parts of a string lie side by side too; its opening quotes count for it.
            SyntaxKind::TOKEN_STRING_END
            | SyntaxKind::TOKEN_STRING_CONTENT
            | SyntaxKind::TOKEN_INTERPOL_END => {}
            // Elements of a list lie side by side.
            _ if level.is_list && is_operand(kind) => {}
            _ => level.tokens += 1,
        }
        if level.tokens > MOST_TOKENS || levels.len() > MOST_BRACKETS {
            return true;
        }
    }
    false
}

struct Level {
    tokens: usize,
    is_list: bool,
}

fn is_operand(kind: SyntaxKind) -> bool {
    kind.is_literal()
        || matches!(
            kind,
            SyntaxKind::TOKEN_IDENT
                | SyntaxKind::TOKEN_DOT
                | SyntaxKind::TOKEN_STRING_START
                | SyntaxKind::TOKEN_R_BRACE
                | SyntaxKind::TOKEN_R_PAREN
                | SyntaxKind::TOKEN_R_BRACK
        )
}
