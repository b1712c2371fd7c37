//! What every [`Store`] must do.

use bytes::Bytes;
use teachback_engine::port::{Created, Entry, Store};

/// Runs the whole suite on an empty store.
///
/// # Panics
/// When the store breaks a rule; the message says which.
pub fn behaves_as_a_store(store: &dyn Store) {
    writes_and_reads(store);
    creates_once(store);
    lists_in_order(store);
    exposes_once(store);
    deletes(store);
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn paths(store: &dyn Store, folder: &str) -> Vec<String> {
    store.list(folder).expect("a folder can be listed").into_iter().map(|entry| entry.path).collect()
}

fn writes_and_reads(store: &dyn Store) {
    assert_eq!(store.get("a/none").expect("absence is no error"), None, "what was never written is not there");
    store.put("a/one", bytes("1")).expect("a file can be written");
    store.put("a/one", bytes("22")).expect("a file can be replaced");
    assert_eq!(store.get("a/one").expect("reads"), Some(bytes("22")), "the last write is read");
    store.put("a/empty", Bytes::new()).expect("an empty file can be written");
    assert_eq!(store.get("a/empty").expect("reads"), Some(Bytes::new()), "an empty file is there");
}

fn creates_once(store: &dyn Store) {
    assert_eq!(store.create("c/1.json", bytes("first")).expect("creates"), Created::New);
    assert_eq!(store.create("c/1.json", bytes("second")).expect("refuses"), Created::Exists, "a file is created once");
    assert_eq!(store.get("c/1.json").expect("reads"), Some(bytes("first")), "a refused create changes nothing");
    let winners = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| store.create("c/2.json", bytes("racer")).expect("answers"))).collect();
        racers.into_iter().map(|racer| racer.join().expect("no panic")).filter(|created| *created == Created::New).count()
    });
    assert_eq!(winners, 1, "of several creators at once, one wins");
}

fn lists_in_order(store: &dyn Store) {
    for path in ["l/b/2", "l/a", "l/b/10", "l/as_of=2026-11-21T00:00:00Z/x", "l2/no"] {
        store.put(path, bytes("x")).expect("writes");
    }
    assert_eq!(paths(store, "l"), ["l/a", "l/as_of=2026-11-21T00:00:00Z/x", "l/b/10", "l/b/2"], "all below, sorted, neighbours left out");
    assert_eq!(paths(store, "nowhere"), [""; 0], "a folder that is not there is empty");
    assert_eq!(store.list("l/b").expect("lists")[0], Entry { path: "l/b/10".to_owned(), size: 1 }, "sizes are told");
}

fn exposes_once(store: &dyn Store) {
    let pair = |path: &str, name: &str| (path.to_owned(), name.to_owned());
    store.put("staged/x/1", bytes("one")).expect("writes");
    store.put("staged/y/2", bytes("two")).expect("writes");
    let files = [pair("staged/x/1", "1"), pair("staged/y/2", "deep/2")];
    store.expose(&files, "seen/x").expect("exposes");
    assert_eq!(paths(store, "seen"), ["seen/x/1", "seen/x/deep/2"], "every file is seen under its name");
    store.expose(&[pair("staged/x/1", "3")], "seen/x").expect("does nothing");
    assert_eq!(paths(store, "seen").len(), 2, "what is exposed does not change");
    store.delete_folder("staged/x").expect("deletes");
    assert_eq!(store.get("seen/x/1").expect("reads"), Some(bytes("one")), "what is exposed outlives its source");
    store.expose(&files, "seen/x").expect("already there");
    assert!(store.expose(&files, "seen/y").is_err(), "a file that is not there cannot be exposed");
    assert!(store.expose(&[], "seen/y").is_err(), "nothing cannot be exposed");
    assert_eq!(paths(store, "seen").len(), 2, "a refused exposure leaves nothing");
}

fn deletes(store: &dyn Store) {
    store.delete("a/none").expect("absence is no error");
    store.delete("a/one").expect("deletes");
    assert_eq!(store.get("a/one").expect("reads"), None, "what is deleted is gone");
    store.delete_folder("seen").expect("deletes");
    store.delete_folder("seen").expect("absence is no error");
    assert_eq!(paths(store, "seen"), [""; 0], "a deleted folder is empty");
    assert_eq!(store.create("c/1.json", bytes("again")).expect("answers"), Created::Exists, "deleting elsewhere touches nothing");
}
