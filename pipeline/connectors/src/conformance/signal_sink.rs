//! What every [`SignalSink`] must do.

use teachback_engine::port::{Outgoing, SignalSink};

/// Runs the suite on an empty sink; `open` opens it anew as a restarted process would, `seen` gives all events that a
/// reader sees, in order.
///
/// # Panics
/// When the sink breaks a rule; the message says which.
pub fn behaves_as_a_signal_sink(open: &mut dyn FnMut() -> Box<dyn SignalSink>, seen: &mut dyn FnMut() -> Vec<Outgoing>) {
    let event = |id: &str| Outgoing { id: id.to_owned(), key: "provider".to_owned(), body: format!("{{\"id\":\"{id}\"}}") };
    let mut sink = open();
    assert_eq!(sink.progress().expect("can be asked"), None, "nothing was said yet");
    assert_eq!(seen(), [], "nothing is seen yet");
    sink.send(&[event("1"), event("2")], "first").expect("sends");
    assert_eq!(seen(), [event("1"), event("2")], "events are seen in order");
    assert_eq!(sink.progress().expect("can be asked").as_deref(), Some("first"), "progress is what was given last");
    sink.send(&[], "second").expect("progress alone can be sent");
    let mut restarted = open();
    assert_eq!(restarted.progress().expect("can be asked").as_deref(), Some("second"), "progress outlives the process");
    restarted.send(&[event("3")], "third").expect("sends");
    assert_eq!(seen(), [event("1"), event("2"), event("3")], "each event is seen once");
}
