//! tmp
use std::io::Write;
fn main() {
    let mut n = 0u64;
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let world = teachback_simulation::World { seed: std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1), ..Default::default() };
    let t = teachback_simulation::simulate(&world, &mut |_, e| {
        n += 1;
        writeln!(out, "{}", teachback_core::event::encode::encode(e).unwrap())
    })
    .unwrap();
    eprintln!("{n} {}", serde_json::to_string_pretty(&t).unwrap());
}
