//! What the figures have in common: how an SVG begins, and text that is safe in it.

use std::fmt::{self, Write};

/// Begins a figure: its frame, its title for readers of screens, and its heading.
pub(crate) fn begin(svg: &mut String, width: f64, height: f64, title: &str, heading: &str) -> fmt::Result {
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13" fill="#222">"##
    )?;
    writeln!(svg, "<title>{title}</title>")?;
    writeln!(svg, r##"<rect width="100%" height="100%" fill="#fff"/>"##)?;
    writeln!(svg, r#"<text x="20" y="30" font-size="17" font-weight="bold">{heading}</text>"#)
}

/// Text as it may stand in a figure.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
