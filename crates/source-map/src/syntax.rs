//! A Nix file as the evaluation wants it: expressions in one list, names once, strings already taken apart.
//!
//! The parser's own trees are made for editors; walking them again and again is what a lazy evaluation cannot afford.

mod lower;

use std::ops::Range;
use std::sync::Arc;

use rnix::ast::BinOpKind;

use crate::FileId;
use crate::strings::Run;

/// A name of Nix.
pub(crate) type Name = Arc<str>;

/// The index of an expression in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExprId(u32);

/// The expressions of a file, or of a part of it.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) file: FileId,
    expressions: Vec<Expression>,
    /// The whole file; `None` when there is nothing in it.
    pub(crate) root: Option<ExprId>,
    /// Where the word `testScript` stands in the file.
    scripts: Vec<usize>,
}

#[derive(Debug)]
struct Expression {
    kind: Expr,
    start: u32,
    end: u32,
    /// The expression around this one.
    parent: Option<ExprId>,
}

/// An expression without its parentheses.
#[derive(Debug)]
pub(crate) enum Expr {
    /// A string literal.
    Text(Vec<Run<Interpolation>>),
    /// A path literal, as it is written.
    Path(String),
    Int(i64),
    Name(Name),
    Select {
        subject: ExprId,
        path: Vec<AttributeName>,
        default: Option<ExprId>,
    },
    HasAttribute {
        subject: ExprId,
        path: Vec<AttributeName>,
    },
    Apply {
        function: ExprId,
        argument: ExprId,
    },
    Lambda {
        parameter: Parameter,
        body: ExprId,
    },
    Let {
        bindings: Bindings,
        body: ExprId,
    },
    Attributes {
        bindings: Bindings,
        is_recursive: bool,
    },
    With {
        namespace: ExprId,
        body: ExprId,
    },
    Assert {
        body: ExprId,
    },
    If {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    List(Vec<ExprId>),
    Binary {
        operator: BinOpKind,
        left: ExprId,
        right: ExprId,
    },
    Not(ExprId),
    /// What does not parse, or is of no use for texts.
    Unknown,
}

/// A `${…}` in a string.
#[derive(Debug, Clone)]
pub(crate) struct Interpolation {
    /// With the braces.
    pub(crate) range: Range<usize>,
    pub(crate) value: ExprId,
}

/// The name of an attribute.
#[derive(Debug, Clone)]
pub(crate) enum AttributeName {
    Static(Name),
    Dynamic(ExprId),
}

/// What a lambda binds.
#[derive(Debug)]
pub(crate) enum Parameter {
    /// `name:`.
    Name(Name),
    /// `{ a, b ? c, ... }@name:`.
    Pattern {
        formals: Vec<(Name, Option<ExprId>)>,
        whole: Option<Name>,
    },
}

/// The inside of `{ … }` or of a `let`, with nested paths taken apart.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) entries: Vec<Entry>,
}

/// One attribute.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: AttributeName,
    pub(crate) value: EntryValue,
    /// Of the name, or of the last part of a path.
    pub(crate) name_range: Range<usize>,
}

/// What an attribute is bound to.
#[derive(Debug)]
pub(crate) enum EntryValue {
    Expression(ExprId),
    /// `a.b = …` seen from `a`.
    Nested(Bindings),
    /// `inherit name;`.
    FromScope(Name),
    /// `inherit (subject) name;`.
    From(ExprId, Name),
}

impl Tree {
    pub(crate) fn expression(&self, id: ExprId) -> &Expr {
        self.expressions
            .get(id.0 as usize)
            .map_or(&Expr::Unknown, |expression| &expression.kind)
    }

    /// The bytes of the file.
    pub(crate) fn range(&self, id: ExprId) -> Range<usize> {
        self.expressions
            .get(id.0 as usize)
            .map_or(0..0, |expression| {
                expression.start as usize..expression.end as usize
            })
    }

    pub(crate) fn parent(&self, id: ExprId) -> Option<ExprId> {
        self.expressions.get(id.0 as usize)?.parent
    }

    /// Whether the word `testScript` stands in it.
    pub(crate) fn mentions_script(&self, id: ExprId) -> bool {
        let range = self.range(id);
        let first = self.scripts.partition_point(|&at| at < range.start);
        self.scripts.get(first).is_some_and(|&at| at < range.end)
    }

    /// The expression with exactly these bytes, the outermost if there are several.
    pub(crate) fn at(&self, range: &Range<usize>) -> Option<ExprId> {
        let is_there = |expression: &Expression| {
            expression.start as usize == range.start && expression.end as usize == range.end
        };
        let index = self.expressions.iter().position(is_there)?;
        u32::try_from(index).ok().map(ExprId)
    }
}
