//! From the parser's tree to expressions.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use rnix::ast::{self, HasEntry, LiteralKind, UnaryOpKind};
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode};
use rowan::ast::AstNode;

use super::{
    AttributeName, Bindings, Entry, EntryValue, Expr, ExprId, Expression, Interpolation, Name,
    Parameter, Tree,
};
use crate::FileId;
use crate::discovery::{NAME, is_closed, style_of};
use crate::strings::{Part, runs};

/// Expressions within expressions; the parser gives no deeper ones, but for chains of operators and calls.
const MOST_DEPTH: usize = 1500;

impl Tree {
    /// The expressions of `text`, whose first `base` bytes were not parsed.
    pub(crate) fn lower(root: &ast::Root, text: &str, file: FileId, base: usize) -> Self {
        let mut lowering = Lowering {
            text,
            file,
            base,
            expressions: Vec::new(),
            names: HashSet::new(),
            depth: 0,
        };
        let root = root
            .expr()
            .map(|expression| lowering.expression(&expression));
        let mut tree = Self {
            file,
            expressions: lowering.expressions,
            root,
            scripts: text.match_indices(NAME).map(|(at, _)| at).collect(),
        };
        tree.set_parents();
        tree
    }

    fn set_parents(&mut self) {
        let mut parents: Vec<Option<ExprId>> = vec![None; self.expressions.len()];
        for (index, expression) in self.expressions.iter().enumerate() {
            let Ok(parent) = u32::try_from(index).map(ExprId) else {
                return;
            };
            expression.kind.for_each_child(&mut |child| {
                if let Some(slot) = parents.get_mut(child.0 as usize) {
                    *slot = Some(parent);
                }
            });
        }
        for (expression, parent) in self.expressions.iter_mut().zip(parents) {
            expression.parent = parent;
        }
    }
}

impl Expr {
    fn for_each_child(&self, see: &mut impl FnMut(ExprId)) {
        let path = |path: &[AttributeName], see: &mut dyn FnMut(ExprId)| {
            for name in path {
                if let AttributeName::Dynamic(expression) = name {
                    see(*expression);
                }
            }
        };
        match self {
            Expr::Text(parts) => parts
                .iter()
                .filter_map(|run| run.hole())
                .for_each(|hole| see(hole.value)),
            Expr::Select {
                subject,
                path: names,
                default,
            } => {
                see(*subject);
                path(names, see);
                default.iter().for_each(|default| see(*default));
            }
            Expr::HasAttribute {
                subject,
                path: names,
            } => {
                see(*subject);
                path(names, see);
            }
            Expr::Apply { function, argument } => {
                see(*function);
                see(*argument);
            }
            Expr::Lambda { parameter, body } => {
                if let Parameter::Pattern { formals, .. } = parameter {
                    formals
                        .iter()
                        .filter_map(|(_, default)| *default)
                        .for_each(&mut *see);
                }
                see(*body);
            }
            Expr::Let { bindings, body } => {
                bindings.for_each_child(see);
                see(*body);
            }
            Expr::Attributes { bindings, .. } => bindings.for_each_child(see),
            Expr::With { namespace, body } => {
                see(*namespace);
                see(*body);
            }
            Expr::If {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise]
                .into_iter()
                .for_each(|part| see(*part)),
            Expr::List(items) => items.iter().for_each(|item| see(*item)),
            Expr::Binary { left, right, .. } => {
                see(*left);
                see(*right);
            }
            Expr::Assert { body } | Expr::Not(body) => see(*body),
            Expr::Path(_) | Expr::Int(_) | Expr::Name(_) | Expr::Unknown => {}
        }
    }
}

impl Bindings {
    fn for_each_child(&self, see: &mut impl FnMut(ExprId)) {
        for entry in &self.entries {
            if let AttributeName::Dynamic(expression) = entry.name {
                see(expression);
            }
            match &entry.value {
                EntryValue::Expression(value) | EntryValue::From(value, _) => see(*value),
                // Written out, because a closure that calls itself has no type.
                EntryValue::Nested(inner) => inner.for_each_child_dyn(see),
                EntryValue::FromScope(_) => {}
            }
        }
    }

    fn for_each_child_dyn(&self, see: &mut dyn FnMut(ExprId)) {
        self.for_each_child(&mut |child| see(child));
    }
}

struct Lowering<'a> {
    text: &'a str,
    file: FileId,
    base: usize,
    expressions: Vec<Expression>,
    names: HashSet<Name>,
    depth: usize,
}

impl Lowering<'_> {
    fn expression(&mut self, expression: &ast::Expr) -> ExprId {
        let mut inner = expression.clone();
        while let ast::Expr::Paren(parentheses) = &inner {
            match parentheses.expr() {
                Some(expression) => inner = expression,
                None => break,
            }
        }
        let range = self.range(inner.syntax());
        self.depth += 1;
        let kind = match self.depth < MOST_DEPTH {
            true => self.kind(&inner).unwrap_or(Expr::Unknown),
            false => Expr::Unknown,
        };
        self.depth -= 1;
        self.add(kind, range)
    }

    fn add(&mut self, kind: Expr, range: Range<usize>) -> ExprId {
        let id = ExprId(u32::try_from(self.expressions.len()).unwrap_or(u32::MAX));
        self.expressions.push(Expression {
            kind,
            start: u32::try_from(range.start).unwrap_or(u32::MAX),
            end: u32::try_from(range.end).unwrap_or(u32::MAX),
            parent: None,
        });
        id
    }

    fn optional(&mut self, expression: Option<ast::Expr>) -> ExprId {
        match expression {
            Some(expression) => self.expression(&expression),
            None => self.add(Expr::Unknown, 0..0),
        }
    }

    /// `None` when a part is missing or of no use.
    fn kind(&mut self, expression: &ast::Expr) -> Option<Expr> {
        Some(match expression {
            ast::Expr::Str(string) => self.string(string)?,
            ast::Expr::PathAbs(_) | ast::Expr::PathRel(_) => {
                let text = expression.syntax().text().to_string();
                match text.contains("${") {
                    true => Expr::Unknown,
                    false => Expr::Path(text),
                }
            }
            ast::Expr::Literal(literal) => match literal.kind() {
                LiteralKind::Integer(number) => Expr::Int(number.value().ok()?),
                LiteralKind::Float(_) | LiteralKind::Uri(_) => return None,
            },
            ast::Expr::Ident(name) => Expr::Name(self.identifier(name)?),
            ast::Expr::Select(select) => {
                let subject = self.optional(select.expr());
                let path = self.path(&select.attrpath()?)?;
                let default = select
                    .default_expr()
                    .map(|default| self.expression(&default));
                Expr::Select {
                    subject,
                    path,
                    default,
                }
            }
            ast::Expr::HasAttr(question) => Expr::HasAttribute {
                subject: self.optional(question.expr()),
                path: self.path(&question.attrpath()?)?,
            },
            ast::Expr::Apply(call) => Expr::Apply {
                function: self.optional(call.lambda()),
                argument: self.optional(call.argument()),
            },
            ast::Expr::Lambda(lambda) => Expr::Lambda {
                parameter: self.parameter(&lambda.param()?)?,
                body: self.optional(lambda.body()),
            },
            ast::Expr::LetIn(bindings) => Expr::Let {
                bindings: self.bindings(bindings),
                body: self.optional(bindings.body()),
            },
            ast::Expr::AttrSet(set) => Expr::Attributes {
                bindings: self.bindings(set),
                is_recursive: set.rec_token().is_some(),
            },
            ast::Expr::With(with) => Expr::With {
                namespace: self.optional(with.namespace()),
                body: self.optional(with.body()),
            },
            ast::Expr::Assert(assertion) => Expr::Assert {
                body: self.optional(assertion.body()),
            },
            ast::Expr::IfElse(choice) => Expr::If {
                condition: self.optional(choice.condition()),
                then: self.optional(choice.body()),
                otherwise: self.optional(choice.else_body()),
            },
            ast::Expr::List(list) => {
                let items = list.items().map(|item| self.expression(&item)).collect();
                Expr::List(items)
            }
            ast::Expr::BinOp(operation) => Expr::Binary {
                operator: operation.operator()?,
                left: self.optional(operation.lhs()),
                right: self.optional(operation.rhs()),
            },
            ast::Expr::UnaryOp(operation) => match operation.operator()? {
                UnaryOpKind::Invert => Expr::Not(self.optional(operation.expr())),
                UnaryOpKind::Negate => return None,
            },
            _ => return None,
        })
    }

    fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        let name: Name = Arc::from(text);
        self.names.insert(Arc::clone(&name));
        name
    }

    fn identifier(&mut self, identifier: &ast::Ident) -> Option<Name> {
        // The word `or` is a name too, and another kind of token.
        let text = identifier.syntax().text();
        (!text.is_empty()).then(|| self.name(&text.to_string()))
    }

    fn path(&mut self, path: &ast::Attrpath) -> Option<Vec<AttributeName>> {
        path.attrs()
            .map(|attribute| self.attribute_name(&attribute))
            .collect()
    }

    fn attribute_name(&mut self, attribute: &ast::Attr) -> Option<AttributeName> {
        Some(match attribute {
            ast::Attr::Ident(identifier) => AttributeName::Static(self.identifier(identifier)?),
            ast::Attr::Dynamic(dynamic) => AttributeName::Dynamic(self.optional(dynamic.expr())),
            ast::Attr::Str(string) => {
                let kind = self.string(string)?;
                let constant = match &kind {
                    Expr::Text(runs) => runs
                        .iter()
                        .map(|run| run.known())
                        .collect::<Option<String>>(),
                    _ => None,
                };
                match constant {
                    Some(name) => AttributeName::Static(self.name(&name)),
                    None => {
                        let range = self.range(string.syntax());
                        AttributeName::Dynamic(self.add(kind, range))
                    }
                }
            }
        })
    }

    fn parameter(&mut self, parameter: &ast::Param) -> Option<Parameter> {
        Some(match parameter {
            ast::Param::IdentParam(name) => Parameter::Name(self.identifier(&name.ident()?)?),
            ast::Param::Pattern(pattern) => {
                let mut formals = Vec::new();
                for entry in pattern.pat_entries() {
                    let name = self.identifier(&entry.ident()?)?;
                    let default = entry.default().map(|default| self.expression(&default));
                    formals.push((name, default));
                }
                let whole = pattern
                    .pat_bind()
                    .and_then(|bind| bind.ident())
                    .and_then(|name| self.identifier(&name));
                Parameter::Pattern { formals, whole }
            }
        })
    }

    fn bindings(&mut self, of: &impl HasEntry) -> Bindings {
        let mut bindings = Bindings::default();
        for entry in of.entries() {
            // What does not parse is left out; the rest stays.
            let _incomplete = match entry {
                ast::Entry::AttrpathValue(entry) => self.binding(&entry, &mut bindings),
                ast::Entry::Inherit(inherit) => self.inherit(&inherit, &mut bindings),
            };
        }
        bindings
    }

    fn binding(&mut self, entry: &ast::AttrpathValue, into: &mut Bindings) -> Option<()> {
        let path = entry.attrpath()?;
        let mut attributes = path.attrs().collect::<Vec<_>>().into_iter();
        let last = attributes.next_back()?;
        let mut bindings = into;
        for attribute in attributes {
            let name_range = self.range(attribute.syntax());
            let name = self.attribute_name(&attribute)?;
            bindings = bindings.nested(name, name_range);
        }
        let name_range = self.range(last.syntax());
        let name = self.attribute_name(&last)?;
        let value = self.optional(entry.value());
        bindings.entries.push(Entry {
            name,
            value: EntryValue::Expression(value),
            name_range,
        });
        Some(())
    }

    fn inherit(&mut self, inherit: &ast::Inherit, into: &mut Bindings) -> Option<()> {
        let subject = inherit.from().map(|from| self.optional(from.expr()));
        for attribute in inherit.attrs() {
            let AttributeName::Static(name) = self.attribute_name(&attribute)? else {
                continue;
            };
            into.entries.push(Entry {
                name: AttributeName::Static(Arc::clone(&name)),
                value: match subject {
                    Some(subject) => EntryValue::From(subject, name),
                    None => EntryValue::FromScope(name),
                },
                name_range: self.range(attribute.syntax()),
            });
        }
        Some(())
    }

    /// `None` when the string, or an interpolation in it, is not closed.
    fn string(&mut self, string: &ast::Str) -> Option<Expr> {
        let style = style_of(string.syntax())?;
        let mut parts = Vec::new();
        for child in string.syntax().children_with_tokens() {
            match child {
                NodeOrToken::Token(token) => match token.kind() {
                    SyntaxKind::TOKEN_STRING_CONTENT => {
                        parts.push(Part::Text(self.bytes(token.text_range())));
                    }
                    SyntaxKind::TOKEN_STRING_START | SyntaxKind::TOKEN_STRING_END => {}
                    _ => return None,
                },
                NodeOrToken::Node(node) => {
                    let interpolation = ast::Interpol::cast(node)?;
                    if !is_closed(interpolation.syntax()) {
                        return None;
                    }
                    let range = self.range(interpolation.syntax());
                    let value = self.optional(interpolation.expr());
                    parts.push(Part::Hole(Interpolation { range, value }));
                }
            }
        }
        Some(Expr::Text(runs(style, self.text, self.file, parts)))
    }

    fn range(&self, node: &SyntaxNode) -> Range<usize> {
        self.bytes(node.text_range())
    }

    fn bytes(&self, range: rnix::TextRange) -> Range<usize> {
        self.base + usize::from(range.start())..self.base + usize::from(range.end())
    }
}

impl Bindings {
    /// The bindings under a name, which may be there already as a path or as braces.
    fn nested(&mut self, name: AttributeName, name_range: Range<usize>) -> &mut Bindings {
        let known = self.entries.iter().position(|entry| {
            let same = match (&entry.name, &name) {
                (AttributeName::Static(known), AttributeName::Static(name)) => known == name,
                _ => false,
            };
            same && matches!(entry.value, EntryValue::Nested(_))
        });
        let index = known.unwrap_or_else(|| {
            self.entries.push(Entry {
                name,
                value: EntryValue::Nested(Bindings::default()),
                name_range,
            });
            self.entries.len() - 1
        });
        match &mut self.entries[index].value {
            EntryValue::Nested(bindings) => bindings,
            _ => unreachable!("the entry was found or made with nested bindings"),
        }
    }
}
