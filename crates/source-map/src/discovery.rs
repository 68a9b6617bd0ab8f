//! Finds the `testScript` bindings of a Nix file, and what stands around each.
//!
//! A formal argument (`{ testScript }:`) and an `inherit` are not bindings. `system.build.testScript` is a shell script
//! by that name and not one either. A file that is being typed in still has its bindings: where the parser lost one,
//! the words `testScript =` are looked for, and what follows them is read by itself.

use std::ops::Range;

use rnix::ast::{self, HasEntry};
use rnix::{SyntaxKind, SyntaxNode, TextRange};
use rowan::ast::AstNode;

use crate::depth::is_too_deep;
use crate::strings::{Part, runs};
use crate::{FileId, Unreadable};

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
    /// The machines that are named beside the binding, in the order of the file.
    pub nodes: Vec<NodeName>,
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

/// A machine of a test: an attribute of `nodes` or `containers`, or the one `machine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeName {
    /// The name; that of `machine = …` is `machine`.
    pub name: String,
    /// Where the name stands.
    pub range: Range<usize>,
    /// From the name to the semicolon.
    pub definition: Range<usize>,
}

/// Every `testScript` binding of a Nix file, in the order of the file.
///
/// Broken files are welcome; a file that nests too deeply to be parsed safely has no bindings.
pub fn discover(text: &str) -> Vec<Binding> {
    match !text.contains(NAME) || is_too_deep(text) {
        true => Vec::new(),
        false => bindings(&rnix::Root::parse(text).tree(), text),
    }
}

/// The string literals of a Nix file, in its order, without those that stand inside the interpolation of another. A file
/// that nests too deeply to be parsed safely has none.
pub fn literals(text: &str) -> Vec<StringLiteral> {
    match is_too_deep(text) {
        true => Vec::new(),
        false => Reader { base: 0 }.strings(rnix::Root::parse(text).tree().syntax()),
    }
}

/// The bindings of a file that is parsed already.
pub(crate) fn bindings(root: &ast::Root, text: &str) -> Vec<Binding> {
    let reader = Reader { base: 0 };
    let mut found: Vec<Binding> = root
        .syntax()
        .descendants()
        .filter_map(ast::AttrpathValue::cast)
        .filter_map(|binding| reader.binding(&binding))
        .collect();
    let is_lost = |(at, _): (usize, &str)| !found.iter().any(|known| known.path.contains(&at));
    if text.match_indices(NAME).any(is_lost) {
        recover(text, &mut found);
    }
    found.sort_by_key(|binding| binding.range.start);
    found
}

/// The attribute with the script.
pub(crate) const NAME: &str = "testScript";

/// More bindings than this are not looked for by their words: each look parses the rest of the file.
const MOST_RECOVERED: usize = 32;

/// Adds the bindings that the parser lost, as it does behind `x = a.;`.
fn recover(text: &str, found: &mut Vec<Binding>) {
    let mut offset = 0;
    let mut name: Option<Range<usize>> = None;
    let mut is_after_dot = false;
    let mut count = 0;
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
            && count < MOST_RECOVERED
            && !found.iter().any(|known| known.path == path)
        {
            count += 1;
            found.push(recovered(text, path, range.end));
        }
    }
}

fn recovered(text: &str, path: Range<usize>, start: usize) -> Binding {
    let reader = Reader { base: start };
    let value = rnix::Root::parse(&text[start..]).tree().expr();
    let end = value
        .as_ref()
        .map_or(start, |value| reader.range(value.syntax()).end);
    Binding {
        is_recovered: true,
        ..reader.read(path.start..end, path, value)
    }
}

/// Reads syntax trees of a part of a file.
struct Reader {
    /// Where the parsed part begins.
    base: usize,
}

impl Reader {
    fn binding(&self, entry: &ast::AttrpathValue) -> Option<Binding> {
        let path = entry.attrpath()?;
        let names = names(&path);
        let (last, prefix) = names.split_last()?;
        let is_shell_script = prefix
            .last()
            .is_some_and(|name| name.as_deref() == Some("build"));
        if last.as_deref() != Some(NAME) || is_shell_script {
            return None;
        }
        let mut binding = self.read(
            self.range(entry.syntax()),
            self.range(path.syntax()),
            entry.value(),
        );
        if let Some(braces) = entry.syntax().parent().and_then(ast::AttrSet::cast) {
            binding.test_name = name_beside(&braces, prefix);
            binding.nodes = self.nodes_beside(&braces, prefix);
        }
        Some(binding)
    }

    fn read(&self, range: Range<usize>, path: Range<usize>, value: Option<ast::Expr>) -> Binding {
        let mut wrappers = Vec::new();
        let core = value.clone().and_then(|value| peel(value, &mut wrappers));
        let value_range = value
            .as_ref()
            .map_or(range.end..range.end, |value| self.range(value.syntax()));
        Binding {
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
            nodes: Vec::new(),
            is_recovered: false,
        }
    }

    /// The machines in the same braces, under the same prefix.
    fn nodes_beside(&self, braces: &ast::AttrSet, prefix: &[Option<String>]) -> Vec<NodeName> {
        let mut nodes = Vec::new();
        for entry in braces.attrpath_values() {
            let Some(path) = entry.attrpath() else {
                continue;
            };
            let attributes: Vec<_> = path.attrs().collect();
            let names = names(&path);
            let Some(names) = names.strip_prefix(prefix) else {
                continue;
            };
            let attributes = &attributes[prefix.len()..];
            match names {
                [Some(name)] if name == "machine" => {
                    nodes.push(self.node(name, &attributes[0], &entry));
                }
                [Some(group)] if is_group(group) => {
                    if let Some(ast::Expr::AttrSet(inner)) = entry.value() {
                        nodes.extend(self.nodes_of(&inner));
                    }
                }
                [Some(group), Some(name), ..] if is_group(group) => {
                    nodes.push(self.node(name, &attributes[1], &entry));
                }
                _ => {}
            }
        }
        // `nodes.a.x = …; nodes.a.y = …;` is one machine.
        let mut named = std::collections::HashSet::new();
        nodes.retain(|node: &NodeName| named.insert(node.name.clone()));
        nodes
    }

    fn nodes_of(&self, set: &ast::AttrSet) -> Vec<NodeName> {
        set.attrpath_values()
            .filter_map(|entry| {
                let attribute = entry.attrpath()?.attrs().next()?;
                Some(self.node(&spelled(&attribute)?, &attribute, &entry))
            })
            .collect()
    }

    fn node(&self, name: &str, attribute: &ast::Attr, entry: &ast::AttrpathValue) -> NodeName {
        NodeName {
            name: name.to_owned(),
            range: self.range(attribute.syntax()),
            definition: self.range(entry.syntax()),
        }
    }

    fn range(&self, node: &SyntaxNode) -> Range<usize> {
        self.bytes(node.text_range())
    }

    fn bytes(&self, range: TextRange) -> Range<usize> {
        self.base + usize::from(range.start())..self.base + usize::from(range.end())
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
        let style = style_of(string)?;
        let open = string.first_token()?.text_range();
        let close = string.last_token()?.text_range();
        Some(StringLiteral {
            range: self.range(string),
            body: self.bytes(open).end..self.bytes(close).start,
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

impl Binding {
    /// A binding that is nothing but the name of something elsewhere.
    pub(crate) fn inherited(name: Range<usize>) -> Self {
        let nothing = name.end..name.end;
        Self {
            range: name.clone(),
            path: name,
            value: nothing.clone(),
            core: nothing,
            wrappers: Vec::new(),
            strings: Vec::new(),
            test_name: None,
            nodes: Vec::new(),
            is_recovered: false,
        }
    }
}

/// Why nothing is known of the script of a binding whose core, without its wrappers, is `text`.
pub(crate) fn unreadable(text: &str, core: &Range<usize>) -> Unreadable {
    let range = core.clone();
    match rnix::Root::parse(text).tree().expr() {
        None => Unreadable::Missing { range },
        Some(ast::Expr::Str(string)) if !is_whole(&string) => Unreadable::Incomplete { range },
        Some(expression) => Unreadable::Kind {
            kind: kind_of(&expression),
            range,
        },
    }
}

fn is_whole(string: &ast::Str) -> bool {
    style_of(string.syntax()).is_some()
        && string
            .syntax()
            .children()
            .all(|interpolation| is_closed(&interpolation))
}

/// Whether the inside of an interpolation parses and its brace is there.
pub(crate) fn is_closed(interpolation: &SyntaxNode) -> bool {
    interpolation.kind() == SyntaxKind::NODE_INTERPOL
        && interpolation
            .last_token()
            .is_some_and(|token| token.kind() == SyntaxKind::TOKEN_INTERPOL_END)
        && !interpolation
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
        ast::Expr::Str(_) => "a string of nothing but interpolations",
        _ => "something that is not a string",
    }
}

fn is_group(name: &str) -> bool {
    name == "nodes" || name == "containers"
}

/// The names of a path, as far as they are spelled out.
fn names(path: &ast::Attrpath) -> Vec<Option<String>> {
    path.attrs().map(|attribute| spelled(&attribute)).collect()
}

fn spelled(attribute: &ast::Attr) -> Option<String> {
    match attribute {
        ast::Attr::Ident(identifier) => Some(identifier.ident_token()?.text().to_owned()),
        ast::Attr::Str(string) => constant(string),
        ast::Attr::Dynamic(_) => None,
    }
}

/// The text of a string without interpolations.
fn constant(string: &ast::Str) -> Option<String> {
    let style = style_of(string.syntax())?;
    let mut content = String::new();
    for child in string.syntax().children_with_tokens() {
        let token = child.into_token()?;
        if token.kind() == SyntaxKind::TOKEN_STRING_CONTENT {
            content.push_str(token.text());
        }
    }
    let parts = vec![Part::<()>::Text(0..content.len())];
    let runs = runs(style, &content, FileId(0), parts);
    runs.iter().map(|run| run.known()).collect()
}

/// `None` when the string is not closed.
pub(crate) fn style_of(string: &SyntaxNode) -> Option<StringStyle> {
    let open = string.first_token()?;
    let close = string.last_token()?;
    let is_closed = open.kind() == SyntaxKind::TOKEN_STRING_START
        && close.kind() == SyntaxKind::TOKEN_STRING_END;
    is_closed.then(|| match open.text() {
        "''" => StringStyle::Indented,
        _ => StringStyle::Plain,
    })
}

/// The `name = "…"` in the same braces, under the same prefix.
fn name_beside(braces: &ast::AttrSet, prefix: &[Option<String>]) -> Option<String> {
    let value = braces.attrpath_values().find_map(|entry| {
        let names = names(&entry.attrpath()?);
        let (last, before) = names.split_last()?;
        (last.as_deref() == Some("name") && before == prefix).then(|| entry.value())?
    })?;
    match value {
        ast::Expr::Str(string) => constant(&string),
        _ => None,
    }
}
