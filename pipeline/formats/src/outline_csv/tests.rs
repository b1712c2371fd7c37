//! A small course as a teacher would write it, and each way to write it wrongly.

use super::{Outline, OutlineError, What, read};
use crate::mapping::Hints;
use proptest::prelude::*;
use teachback_core::event::decode::decode;
use teachback_core::event::encode::encode;
use teachback_core::event::outline;
use teachback_core::event::validate::{Arrival, Key, validate};
use teachback_core::time::EventTime;

const TABLE: &str = "\
course,module,module_title,due,kind,id,title,content_type,length_s,linked_items,key,options,max_score,course_title,seen_by
C1,m1,Summaries,2026-03-08,content,v1,\"The median, again\",video,300.5,q1-1|q1-2,,,,Statistics,ann
C1,m1,,,assessment,q1,Quiz 1,,,,,,,,
C1,m1,,,item,q1-1,Which is robust?,,,,median,mean|median,1,,
C1,m1,,,item,q1-2,,,,,,,,,
C2,w1,,,,p1,,page,,,,,,Logic,
C1,m2,Models,2026-03-15T12:00:00+02:00,,p2,,page,,,,,,,
C1,m1,,,,p3,,,,,,,,,
C1,m3,To come,,,,,,,,,,,,
";

fn hints() -> Hints<'static> {
    Hints { source: "catalogue", provider: Some("northfield"), learner_space: None, naive_offset_minutes: 0, received: time() }
}

fn time() -> EventTime {
    EventTime::parse("2026-03-01T00:00:00Z").expect("a time")
}

/// Writes, reads and validates the event; gives its modules as JSON.
fn published(outline: &Outline) -> String {
    let hints = hints();
    let event = outline.event(&hints, time());
    let json = encode(&event).expect("finite numbers");
    let decoded = decode(&[], json.as_bytes()).expect("a good event");
    assert_eq!(decoded, event);
    validate(decoded, &Arrival { not_after: time(), key: Key::None }).expect("a valid event");
    let modules = event.data.modules.expect("an outline").get().to_owned();
    assert!(outline::parse(&modules).is_some());
    modules
}

#[test]
fn a_table_becomes_the_outlines_of_its_courses() {
    let outlines = read(TABLE.as_bytes()).expect("a good table");
    let [first, second] = outlines.as_slice() else { panic!("two courses") };
    assert_eq!(
        published(first),
        concat!(
            r#"[{"module":"m1","title":"Summaries","due":"2026-03-09T00:00:00Z","#,
            r#""contents":[{"content":"v1","content_type":"video","title":"The median, again","length_s":300.5,"linked_items":["q1-1","q1-2"]},{"content":"p3"}],"#,
            r#""assessments":[{"assessment":"q1","title":"Quiz 1","items":[{"item":"q1-1","title":"Which is robust?","#,
            r#""options":[{"option":"mean"},{"option":"median"}],"key":"median","max_score":1.0},{"item":"q1-2"}]}]},"#,
            r#"{"module":"m2","title":"Models","due":"2026-03-15T10:00:00Z","contents":[{"content":"p2","content_type":"page"}]},"#,
            r#"{"module":"m3","title":"To come"}]"#
        )
    );
    assert_eq!(published(second), r#"[{"module":"w1","contents":[{"content":"p1","content_type":"page"}]}]"#);
    let hints = hints();
    let event = first.event(&hints, time());
    assert_eq!((&*event.subject, event.data.title.as_deref(), event.data.provider.as_deref()), ("C1", Some("Statistics"), Some("northfield")));
}

#[test]
fn the_other_names_of_columns_are_read() {
    let table = "course,module,module_title,content,content_type,content_title,length_s,due\r\nC1,m1,Week 1,v1,video,Start,60,2026-03-08\r\n";
    let outlines = read(table.as_bytes()).expect("a good table");
    assert_eq!(
        published(&outlines[0]),
        r#"[{"module":"m1","title":"Week 1","due":"2026-03-09T00:00:00Z","contents":[{"content":"v1","content_type":"video","title":"Start","length_s":60.0}]}]"#
    );
}

#[test]
fn items_may_name_their_assessment() {
    let table = "course,module,kind,id,assessment\nC1,m1,item,a,q1\nC1,m1,content,v1,\nC1,m1,item,b,q1\nC1,m1,item,a,q2\n";
    assert_eq!(
        published(&read(table.as_bytes()).expect("a good table")[0]),
        r#"[{"module":"m1","contents":[{"content":"v1"}],"assessments":[{"assessment":"q1","items":[{"item":"a"},{"item":"b"}]},{"assessment":"q2","items":[{"item":"a"}]}]}]"#
    );
}

#[test]
fn a_problem_may_be_a_content_and_an_assessment() {
    let table = "course,module,kind,id\nC1,m1,content,p\nC1,m1,assessment,p\n";
    assert_eq!(
        published(&read(table.as_bytes()).expect("a good table")[0]),
        r#"[{"module":"m1","contents":[{"content":"p"}],"assessments":[{"assessment":"p"}]}]"#
    );
}

#[test]
fn an_outline_is_the_same_event_until_it_or_its_time_changes() {
    let id = |table: &str, time| read(table.as_bytes()).expect("a good table")[0].event(&hints(), time).id.into_owned();
    assert_eq!(id(TABLE, time()), id(TABLE, time()));
    assert_ne!(id(TABLE, time()), id(TABLE, time().plus(1)));
    assert_ne!(id(TABLE, time()), id(&TABLE.replace("Quiz 1", "Quiz"), time()));
}

/// The error of a table of two lines, the second with the given fields.
fn error(fields: &str) -> String {
    let table = format!("course,module,due,kind,id,length_s,words,key,options,max_score\nC1,m1,,,v0,,,,,\n{fields}\n");
    read(table.as_bytes()).expect_err("must be refused").to_string()
}

#[test]
fn an_error_names_its_line_and_column() {
    for (fields, expected) in [
        (",m1,,,v1,,,,,", "line 3, column `course`: the field is empty, expected an id"),
        ("C1,,,,v1,,,,,", "line 3, column `module`: the field is empty, expected an id"),
        ("C1,m1,,,../v1,,,,,", "line 3, column `id`: expected an id of at most 1024 bytes, without control characters and `../`"),
        ("C1,m1,,video,v1,,,,,", "line 3, column `kind`: expected `content`, `assessment`, `item` or nothing"),
        ("C1,m1,,,v1,long,,,,", "line 3, column `length_s`: expected a number from 0 to 36000"),
        ("C1,m1,,,v1,-1,,,,", "line 3, column `length_s`: expected a number from 0 to 36000"),
        ("C1,m1,,,v1,NaN,,,,", "line 3, column `length_s`: expected a number from 0 to 36000"),
        ("C1,m1,,,v1,,1.5,,,", "line 3, column `words`: expected a whole number from 0 to 4294967295"),
        ("C1,m1,8 March,,v1,,,,,", "line 3, column `due`: expected a day (2026-03-08) or a time with an offset (2026-03-08T12:00:00Z)"),
        ("C1,m1,,,v0,,,,,", "line 3, column `id`: this id stands in the course already"),
        ("C1,m1,,item,i1,,,,,", "line 3, column `kind`: an item needs an assessment in a line above it, or in the column `assessment`"),
        ("C1,m1,,v1", "line 3: expected 10 fields as in the first line, found 4"),
    ] {
        assert_eq!(error(fields), expected, "{fields}");
    }
    let key = "course,module,kind,id,assessment,key,options\nC1,m1,item,i1,q1,c,a|b\n";
    assert!(matches!(read(key.as_bytes()), Err(OutlineError::BadField { line: 2, column: "key", what: What::KeyIsNoOption })));
    let twice = b"course,module,content\nC1,m1,v1\nC1,m2,v1\n";
    assert!(matches!(read(twice), Err(OutlineError::BadField { line: 3, column: "content", what: What::Twice })));
    assert!(matches!(read(b"course,id\nC1,v1\n"), Err(OutlineError::NoColumn { column: "module" })));
    assert!(matches!(read(b"course,module,course\n"), Err(OutlineError::ColumnTwice { column: "course" })));
    assert!(matches!(read(b"course,module\nC1,\xff\n"), Err(OutlineError::BadLine { line: 2, .. })));
    let long = format!("course,module,module_title\nC1,m1,{}\n", "x".repeat(5000));
    assert!(matches!(read(long.as_bytes()), Err(OutlineError::BadField { line: 2, column: "module_title", what: What::TooLong })));
}

#[test]
fn an_outline_stays_within_the_limits_of_core() {
    let rows = |count: usize, row: fn(usize) -> String| (0..count).map(row).fold("course,module,id\n".to_owned(), |table, row| table + &row);
    let modules = |count| read(rows(count, |number| format!("C1,m{number},\n")).as_bytes());
    published(&modules(2000).expect("as many as may be")[0]);
    assert!(matches!(modules(2001), Err(OutlineError::BadField { line: 2002, column: "module", what: What::TooMany("modules") })));
    // An assessment that is only named by its items counts as well.
    let items = |count| read(rows(count, |number| format!("C1,m1,i{number},item,a{number}\n")).replace("id\n", "id,kind,assessment\n").as_bytes());
    assert!(matches!(items(25_001), Err(OutlineError::BadField { line: 25_002, column: "id", what: What::TooMany(_) })));
    let contents = |count| read(rows(count, |number| format!("C1,m1,c{number}\n")).as_bytes());
    published(&contents(40_000).expect("as many as fit into a message")[0]);
    assert!(matches!(contents(50_000), Err(OutlineError::TooLarge { line: 2, .. })));
    assert!(matches!(contents(50_001), Err(OutlineError::BadField { line: 50_002, column: "id", .. })));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_what_is_read_is_valid(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for outline in read(&bytes).unwrap_or_default() {
            published(&outline);
        }
    }

    #[test]
    fn no_damage_to_a_table_makes_it_panic(at in 0..TABLE.len(), byte in any::<u8>()) {
        let mut table = TABLE.as_bytes().to_vec();
        table[at] = byte;
        for outline in read(&table).unwrap_or_default() {
            published(&outline);
        }
    }
}
