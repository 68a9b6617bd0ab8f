//! Breakpoints that stand on no line: exception filters, functions, data.
//!
//! What they mean is the agent's to know. Here they have an id that stays theirs for as long as the client asks for the same,
//! and an answer that may change when the script is known.

use dap_protocol::{Request, RequestMessage, events, requests, types};
use serde_json::{Value, json};

use crate::agent::Pending;
use crate::breakpoints::Terms;
use crate::capabilities::EXCEPTION_FILTERS;
use crate::session::Session;

/// What kind of breakpoint; each kind is set as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Exceptions,
    Functions,
    Data,
}

impl Kind {
    fn command(self) -> &'static str {
        match self {
            Self::Exceptions => requests::SetExceptionBreakpoints::COMMAND,
            Self::Functions => requests::SetFunctionBreakpoints::COMMAND,
            Self::Data => requests::SetDataBreakpoints::COMMAND,
        }
    }
}

/// One breakpoint: what was asked, as the agent reads it, and what became of it.
#[derive(Debug, Clone)]
struct Point {
    id: i64,
    asked: Value,
    became: types::Breakpoint,
}

/// All of them, by kind.
#[derive(Debug, Default)]
pub(crate) struct Unlined {
    /// None until the client has said which.
    exceptions: Option<Vec<Point>>,
    functions: Vec<Point>,
    data: Vec<Point>,
}

/// A list that the agent was given, and whose request for it waits for the answer.
#[derive(Debug)]
pub(crate) struct Placing {
    kind: Kind,
    ids: Vec<i64>,
    client: Option<RequestMessage>,
}

impl Unlined {
    fn of(&self, kind: Kind) -> &[Point] {
        match kind {
            Kind::Exceptions => self.exceptions.as_deref().unwrap_or_default(),
            Kind::Functions => &self.functions,
            Kind::Data => &self.data,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Vec<Point> {
        match kind {
            Kind::Exceptions => self.exceptions.get_or_insert_default(),
            Kind::Functions => &mut self.functions,
            Kind::Data => &mut self.data,
        }
    }

    /// Whether one of them has this id.
    pub(crate) fn holds(&self, id: i64) -> bool {
        [Kind::Exceptions, Kind::Functions, Kind::Data]
            .iter()
            .any(|&kind| self.of(kind).iter().any(|point| point.id == id))
    }
}

impl Session {
    pub(crate) fn set_exception_breakpoints(
        &mut self,
        request: RequestMessage,
        arguments: types::SetExceptionBreakpointsArguments,
    ) {
        let plain = arguments
            .filters
            .into_iter()
            .map(|filter| json!({ "filterId": filter }));
        let options = arguments.filter_options.into_iter().flatten();
        let options = options.map(|option| {
            let mut asked = json!(Terms::new(option.condition.as_ref(), None));
            asked["filterId"] = json!(option.filter_id);
            asked
        });
        self.set_unlined(Kind::Exceptions, request, plain.chain(options).collect());
    }

    pub(crate) fn set_function_breakpoints(
        &mut self,
        request: RequestMessage,
        arguments: types::SetFunctionBreakpointsArguments,
    ) {
        let asked = arguments.breakpoints.into_iter().map(|breakpoint| {
            let terms = Terms::new(
                breakpoint.condition.as_ref(),
                breakpoint.hit_condition.as_ref(),
            );
            let mut asked = json!(terms);
            asked["name"] = json!(breakpoint.name);
            asked
        });
        self.set_unlined(Kind::Functions, request, asked.collect());
    }

    pub(crate) fn set_data_breakpoints(
        &mut self,
        request: RequestMessage,
        arguments: types::SetDataBreakpointsArguments,
    ) {
        let asked = arguments.breakpoints.into_iter().map(|breakpoint| {
            let terms = Terms::new(
                breakpoint.condition.as_ref(),
                breakpoint.hit_condition.as_ref(),
            );
            let mut asked = json!(terms);
            asked["dataId"] = json!(breakpoint.data_id);
            if let Some(access) = breakpoint.access_type {
                asked["accessType"] = json!(access);
            }
            asked
        });
        self.set_unlined(Kind::Data, request, asked.collect());
    }

    /// Replaces all of a kind, and answers when it is known what becomes of them.
    fn set_unlined(&mut self, kind: Kind, request: RequestMessage, asked: Vec<Value>) {
        let mut before = std::mem::take(self.unlined.of_mut(kind));
        let points = asked
            .into_iter()
            .map(
                |asked| match before.iter().position(|point| point.asked == asked) {
                    Some(index) => before.swap_remove(index),
                    None => {
                        let id = self.ledger.next_id();
                        let became = self.pending(kind, id, &asked);
                        Point { id, asked, became }
                    }
                },
            )
            .collect();
        *self.unlined.of_mut(kind) = points;
        self.place_unlined(kind, Some(request));
    }

    /// What is said of a breakpoint before the agent has seen it.
    fn pending(&self, kind: Kind, id: i64, asked: &Value) -> types::Breakpoint {
        let is_known = |name: &Value| EXCEPTION_FILTERS.iter().any(|(known, ..)| name == known);
        let verified =
            kind == Kind::Exceptions && !self.launch.no_debug && is_known(&asked["filterId"]);
        types::Breakpoint {
            id: Some(id),
            verified,
            message: (!verified).then(|| match kind {
                Kind::Exceptions if !is_known(&asked["filterId"]) => {
                    format!("there is no exception filter {}", asked["filterId"])
                }
                _ => self.why_pending().to_owned(),
            }),
            reason: (!verified).then_some(types::BreakpointReason::Pending),
            ..types::Breakpoint::default()
        }
    }

    /// Gives the agent the whole list of a kind, or, while there is no script, answers for what is known without it.
    pub(crate) fn place_unlined(&mut self, kind: Kind, client: Option<RequestMessage>) {
        let points = self.unlined.of(kind);
        let ids = points.iter().map(|point| point.id).collect();
        let asked: Vec<Value> = match (kind, &self.unlined.exceptions) {
            _ if self.launch.no_debug => Vec::new(),
            // A client that never says anything about it gets the default of the filters.
            (Kind::Exceptions, None) => vec![json!({ "filterId": "uncaught" })],
            _ => points
                .iter()
                .map(|point| {
                    let mut asked = point.asked.clone();
                    asked["id"] = json!(point.id);
                    asked
                })
                .collect(),
        };
        let placing = Placing { kind, ids, client };
        let (Some(_), Some(link)) = (&self.script, &mut self.link) else {
            return self.answer_unlined(placing);
        };
        let list = match kind {
            Kind::Exceptions => "filterOptions",
            Kind::Functions | Kind::Data => "breakpoints",
        };
        let arguments = json!({ list: asked });
        link.ask(kind.command(), Some(arguments), Pending::Unlined(placing));
    }

    /// Takes down what the agent made of a list, tells what is new, and answers.
    pub(crate) fn unlined_placed(&mut self, placing: Placing, body: Option<&Value>) {
        let answers = body.and_then(|body| body["breakpoints"].as_array());
        let answers = answers.map_or(&[][..], Vec::as_slice);
        for (&id, answer) in placing.ids.iter().zip(answers) {
            let became = self.unlined_to_client(id, answer);
            let points = self.unlined.of_mut(placing.kind);
            let Some(point) = points.iter_mut().find(|point| point.id == id) else {
                continue;
            };
            let is_news = point.became != became;
            point.became = became.clone();
            if is_news && placing.client.is_none() {
                self.tell_breakpoint(became);
            }
        }
        self.answer_unlined(placing);
    }

    /// Answers whoever asked, as far as it is known.
    pub(crate) fn answer_unlined(&mut self, placing: Placing) {
        let Some(request) = placing.client else {
            return;
        };
        let points = self.unlined.of(placing.kind);
        let breakpoints: Vec<_> = placing
            .ids
            .iter()
            .map(|&id| {
                let known = points.iter().find(|point| point.id == id);
                known.map_or_else(
                    // Another request has replaced it meanwhile.
                    || types::Breakpoint {
                        id: Some(id),
                        message: Some("it was replaced".to_owned()),
                        ..types::Breakpoint::default()
                    },
                    |point| point.became.clone(),
                )
            })
            .collect();
        let body = json!({ "breakpoints": breakpoints });
        self.outgoing.respond_raw(&request, Ok(Some(body)));
    }

    /// The agent says that one of its breakpoints is not what it was.
    pub(crate) fn breakpoint_changed(&mut self, changed: &Value) {
        let Some(id) = changed["breakpoint"]["id"].as_i64() else {
            return;
        };
        let became = self.unlined_to_client(id, &changed["breakpoint"]);
        for kind in [Kind::Functions, Kind::Data] {
            let points = self.unlined.of_mut(kind);
            if let Some(point) = points.iter_mut().find(|point| point.id == id) {
                point.became = became.clone();
                return self.tell_breakpoint(became);
            }
        }
    }

    fn tell_breakpoint(&mut self, breakpoint: types::Breakpoint) {
        let reason = types::BreakpointEventReason::Changed;
        self.outgoing
            .event::<events::Breakpoint>(&types::BreakpointEvent { reason, breakpoint });
    }

    fn unlined_to_client(&self, id: i64, answer: &Value) -> types::Breakpoint {
        let verified = answer["verified"].as_bool().unwrap_or(false);
        let place = answer["line"].as_i64().and_then(|line| {
            self.place_as_named(None, line, answer["column"].as_i64().unwrap_or(1))
        });
        types::Breakpoint {
            id: Some(id),
            verified,
            message: answer["message"].as_str().map(ToOwned::to_owned),
            reason: (!verified).then_some(types::BreakpointReason::Failed),
            source: place
                .as_ref()
                .map(|place| self.source_to_client(&place.source)),
            line: place
                .as_ref()
                .map(|place| self.client.line_to_client(place.line)),
            column: place
                .as_ref()
                .map(|place| self.client.column_to_client(place.column)),
            ..types::Breakpoint::default()
        }
    }
}
