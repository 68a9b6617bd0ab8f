//! The order of a session, and who answers whom.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;

#[test]
fn each_side_counts_by_one() {
    let mut conversation = Conversation::new();
    conversation.next_seq = [0, 1];
    conversation.asks("initialize", json!({"adapterID": "x"}), json!({}));
    conversation.check(&nothing());

    let mut conversation = Conversation::new();
    conversation.next_seq = [2, 0];
    conversation.asks("initialize", json!({"adapterID": "x"}), json!({}));
    conversation.next_seq = [3, 5];
    conversation.asks("threads", Value::Null, json!({"threads": []}));
    conversation.check(&expect![[r#"
        client #2 request `initialize`: the number should be 1
        adapter #0 response to `initialize`: the number should be 1
        adapter #5 response to `threads`: the number should be 1
    "#]]);
}

#[test]
fn each_request_is_answered_once() {
    let mut conversation = Conversation::started();
    let request = conversation.ask("threads", Value::Null);
    conversation.answer(json!({"threads": []}));
    conversation.answer(json!({"threads": []}));
    conversation.answer_to(
        Side::Client,
        &RequestMessage { seq: 99, ..request },
        json!({"threads": []}),
    );
    let mut request = conversation.ask("threads", Value::Null);
    request.command = "next".to_owned();
    conversation.answer_to(Side::Client, &request, Value::Null);
    conversation.ask("threads", Value::Null);
    conversation.check(&expect![[r#"
        adapter #7 response to `threads`: request #5 was answered before
        adapter #8 response to `threads`: there is no request #99
        adapter #9 response to `next`: "body" is a required property
        adapter #9 response to `next`: the request was `threads`
        client #7 request `threads`: was never answered
    "#]]);
}

#[test]
fn initialize_comes_first_and_once() {
    let mut conversation = Conversation::new();
    conversation.happens("output", json!({"output": "x"}));
    let early = conversation.ask("threads", Value::Null);
    conversation.refuse(&early);
    conversation.asks("threads", Value::Null, json!({"threads": []}));
    conversation.check(&expect![[r#"
        adapter #1 event `output`: nothing may precede the response to `initialize`
        client #1 request `threads`: `initialize` is the first request, and sent once
        adapter #3 response to `threads`: nothing may precede the response to `initialize`
    "#]]);

    let mut conversation = Conversation::started();
    conversation.happens("initialized", Value::Null);
    conversation.asks("initialize", json!({"adapterID": "x"}), json!({}));
    conversation.check(&expect![[r#"
        adapter #6 event `initialized`: was sent before
        client #5 request `initialize`: `initialize` is the first request, and sent once
    "#]]);
}

#[test]
fn only_adapters_send_events() {
    let mut conversation = Conversation::started();
    conversation.say(
        Side::Client,
        json!({"type": "event", "event": "initialized"}),
    );
    conversation.check(&expect![[r#"
        client #5 event `initialized`: only adapters send events
    "#]]);
}

#[test]
fn nothing_stops_before_the_configuration_is_done() {
    let stop = json!({"reason": "entry", "threadId": 1, "allThreadsStopped": true});
    let start = |how: &str| {
        let mut conversation = Conversation::new();
        conversation.ask("initialize", json!({"adapterID": "nixtest"}));
        conversation.answer(json!({"supportsConfigurationDoneRequest": true}));
        conversation.happens("initialized", Value::Null);
        conversation.asks(how, json!({}), Value::Null);
        conversation.happens("stopped", stop.clone());
        conversation
    };
    start("attach").check(&nothing());
    start("launch").check(&expect![[r#"
        adapter #4 event `stopped`: was sent before the client's `configurationDone`
    "#]]);
}

#[test]
fn the_end_comes_once_and_in_order() {
    let mut conversation = Conversation::started();
    conversation.happens("terminated", Value::Null);
    conversation.happens("exited", json!({"exitCode": 0}));
    conversation.happens("terminated", Value::Null);
    conversation.stops();
    conversation.check(&expect![[r#"
        adapter #7 event `exited`: must not follow `terminated`
        adapter #8 event `terminated`: was sent before
        adapter #9 event `stopped`: must not follow `terminated`
    "#]]);

    let mut conversation = Conversation::started();
    conversation.happens("exited", json!({"exitCode": 0}));
    conversation.happens("exited", json!({"exitCode": 0}));
    conversation.check(&expect![[r#"
        adapter #7 event `exited`: was sent before
    "#]]);
}

#[test]
fn nothing_follows_the_response_to_disconnect() {
    let mut conversation = Conversation::started();
    let open = conversation.ask("threads", Value::Null);
    conversation.asks("disconnect", json!({}), Value::Null);
    conversation.happens("output", json!({"output": "x"}));
    conversation.refuse(&open);
    conversation.check(&expect![[r#"
        adapter #7 event `output`: nothing may follow the response to `disconnect`
        adapter #8 response to `threads`: nothing may follow the response to `disconnect`
    "#]]);
}

#[test]
fn a_client_may_say_goodbye_twice() {
    let mut conversation = Conversation::started();
    let first = conversation.ask("disconnect", json!({}));
    let second = conversation.ask("disconnect", json!({}));
    conversation.answer_to(Side::Client, &first, Value::Null);
    conversation.answer_to(Side::Client, &second, Value::Null);
    // Nobody is there any more.
    conversation.ask("disconnect", json!({}));
    conversation.check(&nothing());
}
