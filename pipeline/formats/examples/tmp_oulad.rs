//! tmp
use std::io::Write;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let t = teachback_formats::oulad::Tables::read(|n| match std::fs::File::open(format!("{dir}/{n}")) { Ok(f) => Ok(Some(Box::new(f) as Box<dyn std::io::Read>)), Err(_) => Ok(None) }).unwrap();
    eprintln!("{:?}", t.summary());
    let mut out = std::io::BufWriter::new(std::io::stdout());
    for e in t.events() { writeln!(out, "{}", teachback_core::event::encode::encode(&e).unwrap()).unwrap(); }
}
