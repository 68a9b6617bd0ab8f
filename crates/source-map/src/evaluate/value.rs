//! Values of which only a part is known.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::library::Function;
use crate::syntax::{ExprId, Name, Tree};
use crate::{HoleClass, Literal, Piece, PieceOrigin, Place, Shape};

/// What is known of a value.
#[derive(Clone)]
pub(crate) enum Value {
    /// Nothing, but for the text that it turns into, if it is one.
    Unknown(HoleClass),
    /// The package set, by convention what is named `pkgs`.
    Packages,
    /// Something of the package set. It turns into a store path, and what is selected from it does.
    Package,
    /// The library of nixpkgs, one of its parts, or `builtins`.
    Library,
    Bool(bool),
    Int(i64),
    Null,
    Text(Rc<Shape>),
    /// An absolute path, or one as relative as that of the file it stands in.
    Path(Rc<str>),
    List(Rc<Vec<Element>>),
    Attributes(Rc<Attributes>),
    Lambda(Rc<Lambda>),
    /// A function of the library with the arguments it has so far.
    Function(Function, Rc<Vec<Thunk>>),
    /// One of these; at least two.
    Choice(Rc<Vec<Value>>),
}

impl Value {
    pub(crate) const ANYTHING: Self = Self::Unknown(HoleClass::Anything);
    pub(crate) const LINE: Self = Self::Unknown(HoleClass::SingleLine);

    pub(crate) fn text(shape: Shape) -> Self {
        Self::Text(Rc::new(shape))
    }

    /// Text that stands nowhere.
    pub(crate) fn computed(text: impl Into<String>) -> Self {
        Self::text(computed(text))
    }

    pub(crate) fn list(elements: Vec<Element>) -> Self {
        Self::List(Rc::new(elements))
    }

    pub(crate) fn attributes(attributes: Attributes) -> Self {
        Self::Attributes(Rc::new(attributes))
    }

    /// One of several values.
    pub(crate) fn choice(mut values: Vec<Value>) -> Self {
        match values.len() {
            0 => Self::ANYTHING,
            1 => values.remove(0),
            _ => Self::Choice(Rc::new(values)),
        }
    }
}

pub(crate) fn computed(text: impl Into<String>) -> Shape {
    let text = text.into();
    let piece = |text| Piece {
        text,
        origin: PieceOrigin::Computed,
    };
    Shape::Literal(Literal {
        pieces: match text.is_empty() {
            true => Vec::new(),
            false => vec![piece(text)],
        },
    })
}

/// A part of a list.
#[derive(Clone)]
pub(crate) enum Element {
    One(Thunk),
    /// All of these or none.
    Optional(Vec<Element>),
    /// Any number, each of which is this.
    Many(Thunk),
}

impl Element {
    pub(crate) fn for_each_thunk(&self, see: &mut impl FnMut(&Thunk)) {
        match self {
            Element::One(thunk) | Element::Many(thunk) => see(thunk),
            Element::Optional(elements) => {
                for element in elements {
                    element.for_each_thunk_dyn(see);
                }
            }
        }
    }

    fn for_each_thunk_dyn(&self, see: &mut dyn FnMut(&Thunk)) {
        self.for_each_thunk(&mut |thunk| see(thunk));
    }

    /// The same elements, each turned into another.
    pub(crate) fn map(&self, turn: &mut dyn FnMut(&Thunk) -> Thunk) -> Self {
        match self {
            Element::One(thunk) => Element::One(turn(thunk)),
            Element::Many(thunk) => Element::Many(turn(thunk)),
            Element::Optional(elements) => {
                Element::Optional(elements.iter().map(|element| element.map(turn)).collect())
            }
        }
    }
}

/// An attribute set.
#[derive(Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) known: BTreeMap<Name, Attribute>,
    /// The value of attributes whose names are not known, if there can be any.
    pub(crate) others: Option<Thunk>,
}

impl Attributes {
    /// A set in which there can be anything.
    pub(crate) fn open() -> Self {
        Self {
            known: BTreeMap::new(),
            others: Some(ThunkCell::done(Value::ANYTHING)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Thunk> {
        self.known.get(name).map(|attribute| &attribute.value)
    }

    /// This set, with the attributes of another in place of its own.
    pub(crate) fn updated(&self, with: &Self) -> Self {
        let mut known = self.known.clone();
        let newer = with.known.iter();
        known.extend(newer.map(|(name, attribute)| (Arc::clone(name), attribute.clone())));
        let others = with.others.clone().or_else(|| self.others.clone());
        Self { known, others }
    }
}

/// An attribute of a set.
#[derive(Clone)]
pub(crate) struct Attribute {
    pub(crate) value: Thunk,
    /// Where its name stands.
    pub(crate) place: Option<Place>,
}

/// A function that is written in a file.
pub(crate) struct Lambda {
    pub(crate) tree: Arc<Tree>,
    pub(crate) id: ExprId,
    pub(crate) scope: Env,
}

/// A value that may not have been looked at.
pub(crate) type Thunk = Rc<ThunkCell>;

pub(crate) struct ThunkCell {
    pub(crate) state: RefCell<State>,
    /// Where it is written, which stays known when the value is.
    pub(crate) written: Option<(Arc<Tree>, ExprId)>,
}

pub(crate) enum State {
    Expression(Env),
    /// The default of a parameter whose argument nobody knows.
    Default(Env),
    Call(Value, Vec<Thunk>, Place),
    /// It is being looked at: whoever needs it now needs itself.
    Busy,
    Done(Value),
}

impl ThunkCell {
    pub(crate) fn done(value: Value) -> Thunk {
        Rc::new(Self {
            state: RefCell::new(State::Done(value)),
            written: None,
        })
    }

    pub(crate) fn expression(tree: &Arc<Tree>, id: ExprId, scope: &Env) -> Thunk {
        Rc::new(Self {
            state: RefCell::new(State::Expression(scope.clone())),
            written: Some((Arc::clone(tree), id)),
        })
    }

    pub(crate) fn default(tree: &Arc<Tree>, id: ExprId, scope: &Env) -> Thunk {
        Rc::new(Self {
            state: RefCell::new(State::Default(scope.clone())),
            written: Some((Arc::clone(tree), id)),
        })
    }

    pub(crate) fn call(function: Value, arguments: Vec<Thunk>, place: &Place) -> Thunk {
        Rc::new(Self {
            state: RefCell::new(State::Call(function, arguments, place.clone())),
            written: None,
        })
    }

    /// Where it is written.
    pub(crate) fn place(&self) -> Option<Place> {
        let (tree, id) = self.written.as_ref()?;
        Some(Place::new(tree.file, tree.range(*id)))
    }
}

/// Names in scope, innermost first.
pub(crate) type Env = Option<Rc<Scope>>;

pub(crate) struct Scope {
    pub(crate) names: RefCell<Names>,
    pub(crate) outer: Env,
}

#[derive(Clone)]
pub(crate) enum Names {
    Lexical(Rc<Attributes>),
    With(Thunk),
}
