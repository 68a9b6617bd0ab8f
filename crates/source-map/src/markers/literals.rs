//! Which string literals of a file can be part of a script, and what they consist of.

use std::ops::Range;

use rnix::ast::{self, BinOpKind};
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, TextRange, WalkEvent};
use rowan::ast::AstNode;

use super::{CLOSE, CannotMark, OPEN, Selection};
use crate::depth::is_too_deep;

/// Functions whose first argument is a name, a file or a pattern. A mark in it would change what they do.
const TAKES_NO_TEXT: [&str; 18] = [
    "elem",
    "fetchGit",
    "fetchTarball",
    "fetchurl",
    "getAttr",
    "getEnv",
    "hasAttr",
    "hasInfix",
    "hasPrefix",
    "hasSuffix",
    "import",
    "match",
    "readFile",
    "removePrefix",
    "removeSuffix",
    "replaceStrings",
    "split",
    "splitString",
];

/// A string literal that may hold text of a script, as far as the syntax tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkableLiteral {
    /// The bytes of the literal, with the quotes.
    pub range: Range<usize>,
    /// How many string literals it stands in.
    pub depth: usize,
}

/// A literal to mark.
#[derive(Debug)]
pub(super) struct Literal {
    pub(super) is_indented: bool,
    pub(super) parts: Vec<Part>,
}

/// A part of a literal between its quotes, in bytes of the file.
#[derive(Debug)]
pub(super) enum Part {
    Text(Range<usize>),
    /// `${…}`, with the braces.
    Hole(Range<usize>),
}

/// The literals that can be part of a script, in the order of the file; those within others come behind them.
///
/// Attribute names, parts of paths, conditions, operands of comparisons and the arguments of functions such as `import`
/// and `hasPrefix` are none, and neither is anything inside them or a literal that is not closed.
///
/// # Errors
///
/// [`CannotMark`] as for [`instrument`](super::instrument).
pub fn markable_literals(text: &str) -> Result<Vec<MarkableLiteral>, CannotMark> {
    let found = find(text, true)?;
    Ok(found.into_iter().map(|(literal, _)| literal).collect())
}

/// The selected literals with their parts.
pub(super) fn parts_of(text: &str, selection: Selection<'_>) -> Result<Vec<Literal>, CannotMark> {
    let is_careful = !matches!(selection, Selection::These(_));
    let is_selected = |range: &Range<usize>| match selection {
        Selection::All => true,
        Selection::Within(ranges) => ranges
            .iter()
            .any(|outer| outer.start <= range.start && range.end <= outer.end),
        Selection::These(ranges) => ranges.contains(range),
    };
    Ok(find(text, is_careful)?
        .into_iter()
        .filter(|(literal, _)| is_selected(&literal.range))
        .map(|(_, literal)| literal)
        .collect())
}

fn find(text: &str, is_careful: bool) -> Result<Vec<(MarkableLiteral, Literal)>, CannotMark> {
    if let Some(offset) = text.find([OPEN, CLOSE]) {
        return Err(CannotMark::HoldsMarks { offset });
    }
    if is_too_deep(text) {
        return Err(CannotMark::TooDeep);
    }
    let mut found = Vec::new();
    let mut depth = 0;
    let mut walk = rnix::Root::parse(text).syntax().preorder();
    while let Some(event) = walk.next() {
        match event {
            WalkEvent::Enter(node) if is_careful && is_no_text(&node) => {
                walk.skip_subtree();
                // The walk still leaves the node that it was told to skip.
                if node.kind() == SyntaxKind::NODE_STRING {
                    depth += 1;
                }
            }
            WalkEvent::Enter(node) if node.kind() == SyntaxKind::NODE_STRING => {
                if let Some(literal) = read(&node) {
                    let range = bytes(node.text_range());
                    found.push((MarkableLiteral { range, depth }, literal));
                }
                depth += 1;
            }
            WalkEvent::Leave(node) if node.kind() == SyntaxKind::NODE_STRING => depth -= 1,
            _ => {}
        }
    }
    Ok(found)
}

/// Whether nothing in the node can become text of a script, or a mark in it would do harm.
fn is_no_text(node: &SyntaxNode) -> bool {
    match node.kind() {
        SyntaxKind::NODE_ATTRPATH
        | SyntaxKind::NODE_INHERIT
        | SyntaxKind::NODE_PATH_ABS
        | SyntaxKind::NODE_PATH_HOME
        | SyntaxKind::NODE_PATH_REL
        | SyntaxKind::NODE_PATH_SEARCH => true,
        SyntaxKind::NODE_BIN_OP => ast::BinOp::cast(node.clone())
            .and_then(|operation| operation.operator())
            .is_some_and(is_comparison),
        _ => node
            .parent()
            .is_some_and(|parent| is_condition(&parent, node) || is_pattern(&parent, node)),
    }
}

fn is_comparison(operator: BinOpKind) -> bool {
    matches!(
        operator,
        BinOpKind::Equal
            | BinOpKind::NotEqual
            | BinOpKind::Less
            | BinOpKind::LessOrEq
            | BinOpKind::More
            | BinOpKind::MoreOrEq
    )
}

fn is_condition(parent: &SyntaxNode, node: &SyntaxNode) -> bool {
    let condition = match parent.kind() {
        SyntaxKind::NODE_IF_ELSE => {
            ast::IfElse::cast(parent.clone()).and_then(|choice| choice.condition())
        }
        SyntaxKind::NODE_ASSERT => {
            ast::Assert::cast(parent.clone()).and_then(|assertion| assertion.condition())
        }
        _ => None,
    };
    condition.is_some_and(|condition| condition.syntax() == node)
}

fn is_pattern(parent: &SyntaxNode, node: &SyntaxNode) -> bool {
    let Some(call) = ast::Apply::cast(parent.clone()) else {
        return false;
    };
    let name = match call.lambda() {
        Some(ast::Expr::Ident(name)) => name.ident_token(),
        Some(ast::Expr::Select(path)) => {
            path.attrpath().and_then(|path| match path.attrs().last() {
                Some(ast::Attr::Ident(name)) => name.ident_token(),
                _ => None,
            })
        }
        _ => None,
    };
    name.is_some_and(|name| TAKES_NO_TEXT.contains(&name.text()))
        && call
            .argument()
            .is_some_and(|argument| argument.syntax() == node)
}

/// The parts of a literal; `None` when it, or an interpolation in it, is not closed.
fn read(string: &SyntaxNode) -> Option<Literal> {
    let open = string.first_token()?;
    let close = string.last_token()?;
    let is_closed = open.kind() == SyntaxKind::TOKEN_STRING_START
        && close.kind() == SyntaxKind::TOKEN_STRING_END;
    if !is_closed {
        return None;
    }
    let mut parts = Vec::new();
    for child in string.children_with_tokens() {
        match child {
            NodeOrToken::Token(token) => match token.kind() {
                SyntaxKind::TOKEN_STRING_START | SyntaxKind::TOKEN_STRING_END => {}
                SyntaxKind::TOKEN_STRING_CONTENT => {
                    parts.push(Part::Text(bytes(token.text_range())));
                }
                _ => return None,
            },
            NodeOrToken::Node(node) => {
                let is_closed = node.kind() == SyntaxKind::NODE_INTERPOL
                    && node
                        .last_token()
                        .is_some_and(|token| token.kind() == SyntaxKind::TOKEN_INTERPOL_END);
                if !is_closed {
                    return None;
                }
                parts.push(Part::Hole(bytes(node.text_range())));
            }
        }
    }
    Some(Literal {
        is_indented: open.text() == "''",
        parts,
    })
}

fn bytes(range: TextRange) -> Range<usize> {
    usize::from(range.start())..usize::from(range.end())
}
