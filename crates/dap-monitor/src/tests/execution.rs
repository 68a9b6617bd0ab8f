//! Stops, frames and variables.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;

#[test]
fn references_end_with_the_stop() {
    let resumptions = [
        ("continue", json!({"allThreadsContinued": true})),
        ("next", Value::Null),
        ("stepIn", Value::Null),
        ("stepOut", Value::Null),
    ];
    let expected = expect![[r#"
        adapter #12 response to `variables`: succeeded for variables 21, which were of an earlier stop
        adapter #13 response to `scopes`: succeeded for frame 10, which was of an earlier stop
    "#]];
    for (command, body) in resumptions {
        let mut conversation = Conversation::stopped();
        conversation.asks(command, json!({"threadId": 1}), body);
        conversation.happens(
            "stopped",
            json!({"reason": "step", "threadId": 1, "allThreadsStopped": true}),
        );
        conversation.asks(
            "variables",
            json!({"variablesReference": 21}),
            json!({"variables": []}),
        );
        conversation.asks("scopes", json!({"frameId": 10}), json!({"scopes": []}));
        conversation.check(&expected);
    }
}

#[test]
fn a_question_that_is_overtaken_by_continue_must_fail() {
    let mut conversation = Conversation::stopped();
    let overtaken = conversation.ask("variables", json!({"variablesReference": 20}));
    conversation.asks("continue", json!({"threadId": 1}), json!({}));
    conversation.answer_to(Side::Client, &overtaken, json!({"variables": []}));
    conversation.check(&expect![[r#"
        adapter #11 response to `variables`: succeeded for variables 20, which were of an earlier stop
    "#]]);

    let mut conversation = Conversation::stopped();
    let overtaken = conversation.ask("variables", json!({"variablesReference": 20}));
    conversation.asks("continue", json!({"threadId": 1}), json!({}));
    conversation.refuse(&overtaken);
    conversation.check(&nothing());
}

#[test]
fn references_that_were_never_handed_out_do_not_work() {
    let mut conversation = Conversation::stopped();
    conversation.asks(
        "variables",
        json!({"variablesReference": 77}),
        json!({"variables": []}),
    );
    conversation.asks(
        "evaluate",
        json!({"expression": "x", "frameId": 78}),
        json!({"result": "", "variablesReference": 0}),
    );
    conversation.check(&expect![[r#"
        adapter #10 response to `variables`: succeeded for variables 77, which were never announced
        adapter #11 response to `evaluate`: succeeded for frame 78, which was never announced
    "#]]);
}

#[test]
fn references_of_output_and_evaluate_count() {
    let mut conversation = Conversation::stopped();
    conversation.happens("output", json!({"output": "x", "variablesReference": 30}));
    conversation.asks(
        "evaluate",
        json!({"expression": "x"}),
        json!({"result": "", "variablesReference": 31}),
    );
    for reference in [30, 31] {
        conversation.asks(
            "variables",
            json!({"variablesReference": reference}),
            json!({"variables": []}),
        );
    }
    conversation.check(&nothing());
}

#[test]
fn stacks_are_for_stopped_threads() {
    let stack = json!({"stackFrames": []});
    let mut conversation = Conversation::started();
    conversation.asks("stackTrace", json!({"threadId": 1}), stack.clone());
    conversation.happens("stopped", json!({"reason": "pause", "threadId": 1}));
    conversation.asks("stackTrace", json!({"threadId": 1}), stack.clone());
    conversation.asks("stackTrace", json!({"threadId": 2}), stack.clone());
    conversation.happens(
        "stopped",
        json!({"reason": "pause", "threadId": 1, "allThreadsStopped": true}),
    );
    conversation.asks("stackTrace", json!({"threadId": 2}), stack.clone());
    conversation.happens(
        "continued",
        json!({"threadId": 2, "allThreadsContinued": false}),
    );
    conversation.asks("stackTrace", json!({"threadId": 1}), stack.clone());
    conversation.asks("stackTrace", json!({"threadId": 2}), stack.clone());
    conversation.happens("continued", json!({"threadId": 1}));
    conversation.asks("stackTrace", json!({"threadId": 1}), stack);
    conversation.check(&expect![[r#"
        adapter #6 response to `stackTrace`: has a stack for a thread that is not stopped
        adapter #9 response to `stackTrace`: has a stack for a thread that is not stopped
        adapter #14 response to `stackTrace`: has a stack for a thread that is not stopped
        adapter #16 response to `stackTrace`: has a stack for a thread that is not stopped
    "#]]);
}

#[test]
fn a_thread_that_goes_on_alone_leaves_the_references_of_others() {
    let mut conversation = Conversation::stopped();
    conversation.asks(
        "continue",
        json!({"threadId": 2, "singleThread": true}),
        json!({"allThreadsContinued": false}),
    );
    conversation.asks(
        "variables",
        json!({"variablesReference": 21}),
        json!({"variables": []}),
    );
    conversation.check(&nothing());
}

#[test]
fn a_step_is_answered_before_it_stops() {
    let mut conversation = Conversation::stopped();
    conversation.ask("next", json!({"threadId": 1}));
    conversation.happens(
        "stopped",
        json!({"reason": "step", "threadId": 1, "allThreadsStopped": true}),
    );
    conversation.answer(Value::Null);
    conversation.check(&expect![[r#"
        adapter #10 event `stopped`: was sent before the response to the request to step
    "#]]);
}
