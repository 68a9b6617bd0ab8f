//! What must be announced before it is spoken of.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn breakpoints_are_announced_before_they_are_spoken_of() {
    let mut conversation = Conversation::started();
    let breakpoint = |id: i64, reason: &str| json!({"reason": reason, "breakpoint": {"id": id, "verified": true}});
    conversation.happens("breakpoint", breakpoint(2, "new"));
    conversation.happens("breakpoint", breakpoint(2, "changed"));
    conversation.happens("breakpoint", breakpoint(3, "changed"));
    conversation.happens(
        "breakpoint",
        json!({"reason": "removed", "breakpoint": {"verified": true}}),
    );
    conversation.happens(
        "stopped",
        json!({"reason": "breakpoint", "threadId": 1, "hitBreakpointIds": [1, 4]}),
    );
    conversation.check(&expect![[r#"
        adapter #8 event `breakpoint`: breakpoint 3 was never announced
        adapter #9 event `breakpoint`: a breakpoint without an id cannot be recognised
        adapter #10 event `stopped`: breakpoint 4 was never announced
    "#]]);
}

#[test]
fn progress_starts_goes_on_and_ends() {
    let mut conversation = Conversation::started();
    let id = |id: &str| json!({"progressId": id});
    conversation.happens("progressUpdate", id("a"));
    conversation.happens("progressStart", json!({"progressId": "b", "title": "b"}));
    conversation.happens("progressStart", json!({"progressId": "b", "title": "b"}));
    conversation.happens("progressEnd", id("b"));
    conversation.happens("progressUpdate", id("b"));
    conversation.happens("progressEnd", id("b"));
    conversation.happens("progressStart", json!({"progressId": "c", "title": "c"}));
    conversation.check(&expect![[r#"
        adapter #6 event `progressUpdate`: the progress `a` was never started
        adapter #8 event `progressStart`: the progress `b` was started before
        adapter #10 event `progressUpdate`: the progress `b` has ended
        adapter #11 event `progressEnd`: the progress `b` has ended
        adapter: the progress `c` was never ended
    "#]]);
}
