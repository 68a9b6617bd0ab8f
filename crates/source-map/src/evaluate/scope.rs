//! Names and what they stand for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Attribute, Attributes, Env, Lambda, Names, Scope, Thunk, ThunkCell, Value};
use super::{Evaluator, attribute, library};
use crate::Place;
use crate::syntax::{AttributeName, Bindings, EntryValue, Expr, ExprId, Parameter, Tree};

impl Evaluator<'_> {
    pub(super) fn scope(&mut self, names: Names, outer: &Env) -> Env {
        let scope = Rc::new(Scope {
            names: RefCell::new(names),
            outer: outer.clone(),
        });
        self.scopes.push(Rc::clone(&scope));
        Some(scope)
    }

    /// The scope of a `let` or a `rec`, in which the bindings see each other.
    pub(super) fn recursive_scope(
        &mut self,
        tree: &Arc<Tree>,
        bindings: &Bindings,
        outer: &Env,
    ) -> Env {
        let scope = self.scope(Names::Lexical(Rc::default()), outer);
        let bound = self.bound(tree, bindings, &scope, outer);
        if let Some(scope) = &scope {
            scope.names.replace(Names::Lexical(Rc::new(bound)));
        }
        scope
    }

    /// The attributes that bindings make. A bare `inherit` looks into `outer`, everything else into `scope`.
    pub(super) fn bound(
        &mut self,
        tree: &Arc<Tree>,
        bindings: &Bindings,
        scope: &Env,
        outer: &Env,
    ) -> Attributes {
        let mut attributes = Attributes::default();
        for entry in &bindings.entries {
            let value = match &entry.value {
                EntryValue::Expression(value) => ThunkCell::expression(tree, *value, scope),
                EntryValue::Nested(inner) => {
                    let inner = self.bound(tree, inner, scope, outer);
                    ThunkCell::done(Value::attributes(inner))
                }
                EntryValue::FromScope(name) => {
                    let name = Arc::clone(name);
                    self.inherited(&name, outer)
                }
                EntryValue::From(subject, name) => {
                    let name = ThunkCell::done(Value::computed(name.to_string()));
                    let subject = ThunkCell::expression(tree, *subject, scope);
                    let select = Value::Function(library::Function::GetAttr, Rc::default());
                    let place = Place::new(tree.file, entry.name_range.clone());
                    ThunkCell::call(select, vec![name, subject], &place)
                }
            };
            let name = match &entry.name {
                AttributeName::Static(name) => Some(Arc::clone(name)),
                dynamic => self.name_of(tree, dynamic, scope),
            };
            let place = Place::new(tree.file, entry.name_range.clone());
            match name {
                Some(name) => {
                    let value = self.merged(&attributes, &name, value);
                    let place = Some(place);
                    attributes.known.insert(name, Attribute { value, place });
                }
                None => attributes.others = Some(value),
            }
        }
        attributes
    }

    /// `a = { … }; a.b = …;` are one set.
    fn merged(&mut self, known: &Attributes, name: &str, value: Thunk) -> Thunk {
        let Some(before) = known.get(name).cloned() else {
            return value;
        };
        match (self.force(&before), self.force(&value)) {
            (Value::Attributes(before), Value::Attributes(value)) => {
                ThunkCell::done(Value::attributes(before.updated(&value)))
            }
            _ => value,
        }
    }

    /// What a name stands for, not yet looked at where that can be helped: a `let` may inherit from one further out.
    fn inherited(&mut self, name: &Arc<str>, scope: &Env) -> Thunk {
        let mut inner = scope.clone();
        while let Some(scope) = inner {
            if let Names::Lexical(attributes) = &*scope.names.borrow()
                && let Some(value) = attributes.get(name)
            {
                return Rc::clone(value);
            }
            inner = scope.outer.clone();
        }
        ThunkCell::done(self.look_up(name, scope))
    }

    pub(super) fn look_up(&mut self, name: &Arc<str>, scope: &Env) -> Value {
        let mut namespaces = Vec::new();
        let mut inner = scope.clone();
        while let Some(scope) = inner {
            let names = scope.names.borrow().clone();
            match names {
                Names::Lexical(attributes) => {
                    if let Some(value) = attributes.get(name) {
                        return self.force(value);
                    }
                }
                Names::With(namespace) => namespaces.push(namespace),
            }
            inner = scope.outer.clone();
        }
        if let Some(value) = library::global(name) {
            return value;
        }
        self.look_up_with(name, &namespaces)
            .unwrap_or_else(|| conventional(name))
    }

    /// The name in the namespaces, innermost first. One whose names are unknown has it when nobody else does.
    fn look_up_with(&mut self, name: &str, namespaces: &[Thunk]) -> Option<Value> {
        let mut otherwise = None;
        for namespace in namespaces {
            match self.force(namespace) {
                Value::Attributes(attributes) => match (attributes.get(name), &attributes.others) {
                    (Some(value), _) => return Some(self.force(value)),
                    (None, Some(_)) => otherwise = otherwise.or(Some(Value::ANYTHING)),
                    (None, None) => {}
                },
                Value::Library => match library::member(name) {
                    Value::Unknown(_) => otherwise = otherwise.or(Some(Value::ANYTHING)),
                    known => return Some(known),
                },
                Value::Packages if name == "lib" => return Some(Value::Library),
                Value::Packages | Value::Package => {
                    otherwise = otherwise.or(Some(Value::Package));
                }
                _ => otherwise = otherwise.or(Some(Value::ANYTHING)),
            }
        }
        otherwise
    }

    pub(super) fn parameter_scope(
        &mut self,
        lambda: &Lambda,
        parameter: &Parameter,
        argument: Option<&Thunk>,
    ) -> Env {
        let mut names = Attributes::default();
        let (formals, whole) = match parameter {
            Parameter::Name(name) => {
                let value = match argument {
                    Some(argument) => Rc::clone(argument),
                    None => ThunkCell::done(conventional(name)),
                };
                names.known.insert(Arc::clone(name), attribute(value));
                return self.scope(Names::Lexical(Rc::new(names)), &lambda.scope);
            }
            Parameter::Pattern { formals, whole } => (formals, whole),
        };
        let given = match argument.map(|argument| self.force(argument)) {
            Some(Value::Attributes(given)) => given,
            _ => Rc::new(Attributes::open()),
        };
        let scope = self.scope(Names::Lexical(Rc::default()), &lambda.scope);
        for (name, default) in formals {
            let value = match (given.get(name), default, &given.others) {
                (Some(value), _, _) => Rc::clone(value),
                (None, Some(default), None) => {
                    ThunkCell::expression(&lambda.tree, *default, &scope)
                }
                (None, Some(default), Some(_)) => {
                    self.default(name, &lambda.tree, *default, &scope)
                }
                (None, None, _) => ThunkCell::done(conventional(name)),
            };
            names.known.insert(Arc::clone(name), attribute(value));
        }
        if let Some(whole) = whole {
            let all = ThunkCell::done(Value::Attributes(given));
            names.known.insert(Arc::clone(whole), attribute(all));
        }
        if let Some(scope) = &scope {
            scope.names.replace(Names::Lexical(Rc::new(names)));
        }
        scope
    }

    fn default(&mut self, name: &str, tree: &Arc<Tree>, id: ExprId, scope: &Env) -> Thunk {
        match conventional(name) {
            Value::Unknown(_) => ThunkCell::default(tree, id, scope),
            known => ThunkCell::done(known),
        }
    }

    /// The names that an expression sees, as far as they are written around it; what functions are given is unknown.
    pub(super) fn scope_around(&mut self, tree: &Arc<Tree>, id: ExprId) -> Env {
        let mut around = Vec::new();
        let mut child = id;
        while let Some(parent) = tree.parent(child) {
            around.push((parent, child));
            child = parent;
        }
        let mut scope = None;
        for (parent, child) in around.into_iter().rev() {
            scope = match tree.expression(parent) {
                Expr::Let { bindings, .. }
                | Expr::Attributes {
                    bindings,
                    is_recursive: true,
                } => self.recursive_scope(tree, bindings, &scope),
                Expr::With { namespace, body } if *body == child => {
                    let namespace = ThunkCell::expression(tree, *namespace, &scope);
                    self.scope(Names::With(namespace), &scope)
                }
                Expr::Lambda { parameter, .. } => {
                    let lambda = Lambda {
                        tree: Arc::clone(tree),
                        id: parent,
                        scope: scope.clone(),
                    };
                    self.parameter_scope(&lambda, parameter, None)
                }
                _ => scope,
            };
        }
        scope
    }
}

/// What a name means in nixpkgs when nobody says what it is.
fn conventional(name: &str) -> Value {
    match name {
        "lib" => Value::Library,
        "pkgs" => Value::Packages,
        _ => Value::ANYTHING,
    }
}
