//! Finds the `testScript` bindings of a Nix file, and what each says about its script.
//!
//! A formal argument (`{ testScript }:`) and an `inherit` are not bindings. `system.build.testScript` is a shell script
//! by that name and not one either. A file that is being typed in still has its bindings: where the parser lost one,
//! the words `testScript =` are looked for, and what follows them is read by itself.

use std::ops::Range;

use rnix::ast::{self, HasEntry};
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, TextRange};
use rowan::ast::AstNode;

use crate::depth::is_too_deep;
use crate::strings::{Part, string_shape};
use crate::{FileId, Hole, HoleClass, HoleId, Place, Shape, Unreadable};

/// A `testScript = …;` of a file. All ranges are bytes of that file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// From the name to the semicolon.
    pub range: Range<usize>,
    /// The attribute path, `testScript` or one that ends so.
    pub path: Range<usize>,
    /// Everything between `=` and `;` without the blanks; empty when there is nothing.
    pub value: Range<usize>,
    /// What is left of the value without its wrappers.
    pub core: Range<usize>,
    /// What surrounds the core, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// The string literals of the value that do not stand inside another string.
    pub strings: Vec<StringLiteral>,
    /// The text of a literal `name = "…"` beside the binding.
    pub test_name: Option<String>,
    /// The parser lost this binding, and it was found by its words. The range may end too early or too late.
    pub is_recovered: bool,
}

/// An expression that has the value of the expression inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrapper {
    /// `{ nodes, ... }:` or `args:`.
    Function,
    /// `let … in`.
    Let,
    /// `with …;`.
    With,
    /// `assert …;`.
    Assert,
    /// `( … )`.
    Parentheses,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLiteral {
    /// With the quotes.
    pub range: Range<usize>,
    /// Without the quotes. What Nix drops behind the opening quotes is still in.
    pub body: Range<usize>,
    /// Which quotes.
    pub style: StringStyle,
}

/// The two kinds of string literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StringStyle {
    /// `''…''`.
    Indented,
    /// `"…"`.
    Plain,
}

/// A binding with the shape of its script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Where it stands.
    pub binding: Binding,
    /// What it says, or why that is not known.
    pub shape: Result<Shape, Unreadable>,
}

/// Every `testScript` binding of a Nix file, in the order of the file.
///
/// Broken files are welcome; a file that nests too deeply to be parsed safely has no bindings.
pub fn discover(text: &str) -> Vec<Binding> {
    definitions(text, FileId(0))
        .unwrap_or_default()
        .into_iter()
        .map(|definition| definition.binding)
        .collect()
}

/// Every `testScript` binding with its shape, whose places are in `file`. `None` when the file nests too deeply.
pub fn definitions(text: &str, file: FileId) -> Option<Vec<Definition>> {
    if !text.contains(NAME) {
        return Some(Vec::new());
    }
    if is_too_deep(text) {
        return None;
    }
    let reader = Reader {
        text,
        file,
        base: 0,
    };
    let root = rnix::Root::parse(text).syntax();
    let mut found: Vec<Definition> = root
        .descendants()
        .filter_map(ast::AttrpathValue::cast)
        .filter_map(|binding| reader.definition(&binding))
        .collect();
    let is_lost =
        |(at, _): (usize, &str)| !found.iter().any(|known| known.binding.path.contains(&at));
    if text.match_indices(NAME).any(is_lost) {
        recover(text, file, &mut found);
    }
    found.sort_by_key(|definition| definition.binding.range.start);
    Some(found)
}

const NAME: &str = "testScript";

/// More bindings than this are not looked for by their words: each look parses the rest of the file.
const MOST_RECOVERED: usize = 32;

/// Adds the bindings that the parser lost, as it does behind `x = a.;`.
fn recover(text: &str, file: FileId, found: &mut Vec<Definition>) {
    let mut offset = 0;
    let mut name: Option<Range<usize>> = None;
    let mut is_after_dot = false;
    let mut recovered = 0;
    for (kind, token) in rnix::tokenize(text) {
        let range = offset..offset + token.len();
        offset = range.end;
        if matches!(
            kind,
            SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT
        ) {
            continue;
        }
        let path = name.take();
        if kind == SyntaxKind::TOKEN_IDENT && token == NAME && !is_after_dot {
            name = Some(range.clone());
        }
        is_after_dot = kind == SyntaxKind::TOKEN_DOT;
        if let (SyntaxKind::TOKEN_ASSIGN, Some(path)) = (kind, path)
            && recovered < MOST_RECOVERED
            && !found.iter().any(|known| known.binding.path == path)
        {
            recovered += 1;
            found.push(recovered_definition(text, file, path, range.end));
        }
    }
}

fn recovered_definition(text: &str, file: FileId, path: Range<usize>, start: usize) -> Definition {
    let reader = Reader {
        text,
        file,
        base: start,
    };
    let value = rnix::Root::parse(&text[start..]).tree().expr();
    let end = value
        .as_ref()
        .map_or(start, |value| reader.range(value.syntax()).end);
    let (mut binding, shape) = reader.read(path.start..end, path, value);
    binding.is_recovered = true;
    Definition { binding, shape }
}

/// Reads syntax trees of a part of a file.
struct Reader<'a> {
    /// The whole file.
    text: &'a str,
    file: FileId,
    /// Where the parsed part begins.
    base: usize,
}

impl Reader<'_> {
    fn definition(&self, entry: &ast::AttrpathValue) -> Option<Definition> {
        let path = entry.attrpath()?;
        let names: Vec<Option<String>> = path
            .attrs()
            .map(|attribute| self.attribute_name(&attribute))
            .collect();
        let (last, prefix) = names.split_last()?;
        let is_shell_script = prefix
            .last()
            .is_some_and(|name| name.as_deref() == Some("build"));
        if last.as_deref() != Some(NAME) || is_shell_script {
            return None;
        }
        let (mut binding, shape) = self.read(
            self.range(entry.syntax()),
            self.range(path.syntax()),
            entry.value(),
        );
        binding.test_name = self.name_beside(entry, prefix);
        Some(Definition { binding, shape })
    }

    fn read(
        &self,
        range: Range<usize>,
        path: Range<usize>,
        value: Option<ast::Expr>,
    ) -> (Binding, Result<Shape, Unreadable>) {
        let mut wrappers = Vec::new();
        let core = value.clone().and_then(|value| peel(value, &mut wrappers));
        let nothing = range.end..range.end;
        let value_range = value
            .as_ref()
            .map_or(nothing, |value| self.range(value.syntax()));
        let shape = match &core {
            Some(core) => self.shape(core),
            None => Err(Unreadable::Missing {
                range: range.clone(),
            }),
        };
        let binding = Binding {
            range,
            path,
            core: core.map_or(value_range.end..value_range.end, |core| {
                self.range(core.syntax())
            }),
            value: value_range,
            wrappers,
            strings: value
                .map(|value| self.strings(value.syntax()))
                .unwrap_or_default(),
            test_name: None,
            is_recovered: false,
        };
        (binding, shape)
    }

    fn range(&self, node: &SyntaxNode) -> Range<usize> {
        self.bytes(node.text_range())
    }

    fn bytes(&self, range: TextRange) -> Range<usize> {
        self.base + usize::from(range.start())..self.base + usize::from(range.end())
    }

    /// The name of an attribute that is spelled out.
    fn attribute_name(&self, attribute: &ast::Attr) -> Option<String> {
        match attribute {
            ast::Attr::Ident(identifier) => Some(identifier.ident_token()?.text().to_owned()),
            ast::Attr::Str(string) => self.constant(string),
            ast::Attr::Dynamic(_) => None,
        }
    }

    /// The `name = "…"` in the same braces, under the same prefix.
    fn name_beside(
        &self,
        binding: &ast::AttrpathValue,
        prefix: &[Option<String>],
    ) -> Option<String> {
        let braces = ast::AttrSet::cast(binding.syntax().parent()?)?;
        let value = braces.attrpath_values().find_map(|entry| {
            let names: Vec<_> = entry
                .attrpath()?
                .attrs()
                .map(|name| self.attribute_name(&name))
                .collect();
            let (last, before) = names.split_last()?;
            (last.as_deref() == Some("name") && before == prefix).then(|| entry.value())?
        })?;
        match value {
            ast::Expr::Str(string) => self.constant(&string),
            _ => None,
        }
    }

    /// The value of a string without interpolations.
    fn constant(&self, string: &ast::Str) -> Option<String> {
        let shape = self.string(string).ok()?;
        shape.holes().is_empty().then(|| shape.render(&|_| ""))
    }

    fn shape(&self, core: &ast::Expr) -> Result<Shape, Unreadable> {
        match core {
            ast::Expr::Str(string) => self.string(string),
            other => Err(Unreadable::Kind {
                kind: kind_of(other),
                range: self.range(other.syntax()),
            }),
        }
    }

    fn string(&self, string: &ast::Str) -> Result<Shape, Unreadable> {
        let incomplete = || Unreadable::Incomplete {
            range: self.range(string.syntax()),
        };
        let literal = self.literal(string.syntax()).ok_or_else(incomplete)?;
        let mut parts = Vec::new();
        let mut holes = 0;
        for child in string.syntax().children_with_tokens() {
            match child {
                NodeOrToken::Token(token) => match token.kind() {
                    SyntaxKind::TOKEN_STRING_CONTENT => {
                        parts.push(Part::Text(self.bytes(token.text_range())))
                    }
                    SyntaxKind::TOKEN_STRING_START | SyntaxKind::TOKEN_STRING_END => {}
                    _ => return Err(incomplete()),
                },
                NodeOrToken::Node(node) => {
                    let interpolation = ast::Interpol::cast(node).ok_or_else(incomplete)?;
                    if !is_closed(&interpolation) {
                        return Err(incomplete());
                    }
                    parts.push(Part::Hole(Hole {
                        id: HoleId(holes),
                        source: Place::new(self.file, self.range(interpolation.syntax())),
                        class: self.class(interpolation.expr()),
                    }));
                    holes += 1;
                }
            }
        }
        Ok(string_shape(literal.style, self.text, self.file, parts))
    }

    fn class(&self, value: Option<ast::Expr>) -> HoleClass {
        let proof = match value {
            Some(
                ast::Expr::PathAbs(_)
                | ast::Expr::PathRel(_)
                | ast::Expr::PathHome(_)
                | ast::Expr::PathSearch(_),
            ) => true,
            Some(ast::Expr::Str(string)) => self
                .constant(&string)
                .is_some_and(|value| !value.contains('\n')),
            Some(ast::Expr::Apply(call)) => call
                .lambda()
                .is_some_and(|function| function.syntax().text() == "builtins.toJSON"),
            _ => false,
        };
        if proof {
            HoleClass::SingleLine
        } else {
            HoleClass::Anything
        }
    }

    /// The string literals below a node, without those inside interpolations of another.
    fn strings(&self, node: &SyntaxNode) -> Vec<StringLiteral> {
        let mut strings = Vec::new();
        let mut walk = node.preorder();
        while let Some(event) = walk.next() {
            if let rnix::WalkEvent::Enter(node) = event
                && node.kind() == SyntaxKind::NODE_STRING
            {
                strings.extend(self.literal(&node));
                walk.skip_subtree();
            }
        }
        strings
    }

    /// `None` when the string is not closed.
    fn literal(&self, string: &SyntaxNode) -> Option<StringLiteral> {
        let open = string
            .first_token()
            .filter(|token| token.kind() == SyntaxKind::TOKEN_STRING_START)?;
        let close = string
            .last_token()
            .filter(|token| token.kind() == SyntaxKind::TOKEN_STRING_END)?;
        let style = if open.text() == "''" {
            StringStyle::Indented
        } else {
            StringStyle::Plain
        };
        let body = self.bytes(open.text_range()).end..self.bytes(close.text_range()).start;
        Some(StringLiteral {
            range: self.range(string),
            body,
            style,
        })
    }
}

/// Takes off what does not change the text.
fn peel(mut value: ast::Expr, wrappers: &mut Vec<Wrapper>) -> Option<ast::Expr> {
    loop {
        let (wrapper, inner) = match &value {
            ast::Expr::Lambda(function) => (Wrapper::Function, function.body()),
            ast::Expr::LetIn(bindings) => (Wrapper::Let, bindings.body()),
            ast::Expr::With(scope) => (Wrapper::With, scope.body()),
            ast::Expr::Assert(assertion) => (Wrapper::Assert, assertion.body()),
            ast::Expr::Paren(parentheses) => (Wrapper::Parentheses, parentheses.expr()),
            _ => return Some(value),
        };
        wrappers.push(wrapper);
        value = inner?;
    }
}

/// An interpolation whose inside parsed and whose brace is there.
fn is_closed(interpolation: &ast::Interpol) -> bool {
    let node = interpolation.syntax();
    node.last_token()
        .is_some_and(|token| token.kind() == SyntaxKind::TOKEN_INTERPOL_END)
        && !node
            .descendants()
            .any(|inner| inner.kind() == SyntaxKind::NODE_ERROR)
}

fn kind_of(expression: &ast::Expr) -> &'static str {
    match expression {
        ast::Expr::Apply(_) => "a function call",
        ast::Expr::BinOp(operation) => match operation.operator() {
            Some(ast::BinOpKind::Add) => "a concatenation",
            _ => "an operation",
        },
        ast::Expr::IfElse(_) => "an if",
        ast::Expr::Ident(_) => "a name",
        ast::Expr::Select(_) => "an attribute of something else",
        ast::Expr::PathAbs(_)
        | ast::Expr::PathRel(_)
        | ast::Expr::PathHome(_)
        | ast::Expr::PathSearch(_) => "a path",
        ast::Expr::AttrSet(_) | ast::Expr::LegacyLet(_) => "an attribute set",
        ast::Expr::List(_) => "a list",
        ast::Expr::Literal(_) => "a number",
        ast::Expr::Error(_) => "something that does not parse",
        _ => "something that is not a string",
    }
}
