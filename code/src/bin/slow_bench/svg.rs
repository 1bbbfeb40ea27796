//! The parts of an SVG for a page, in the colours of the page's theme.
//!
//! Its classes and sizes are those of the drawings in `book/assets/drawings`.
//! The drawings are 450 units wide.

/// In units of the drawing, from the left and from the top.
pub type Point = (f64, f64);

/// How lines look that only lead the eye.
pub const FAINT: &str = r#" stroke-opacity="0.25""#;

/// How a drawing begins. Its `id` differs from all others of a page.
pub fn head(id: &str, title: &str, description: &str, height: u32) -> String {
    let [title, description] = [title, description].map(escaped);
    format!(
        r#"<svg class="drawing" viewBox="0 0 450 {height}" width="450" height="{height}" role="img" aria-labelledby="{id}-title {id}-desc" font-family="inherit" font-size="14" fill="currentColor" xmlns="http://www.w3.org/2000/svg">
<title id="{id}-title">{title}</title>
<desc id="{id}-desc">{description}</desc>
"#
    )
}

/// A curve. Its dashes are so long, and so much is between them, if it has any.
pub fn polyline(points: &[Point], dashes: Option<&str>) -> String {
    let points = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}"));
    let points = points.collect::<Vec<_>>().join(" ");
    let dashes = dashes.unwrap_or("none");
    format!(
        r#"<polyline class="outline" points="{points}" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="{dashes}"/>
"#
    )
}

/// A line. Its look is more attributes, or none.
pub fn line((x1, y1): Point, (x2, y2): Point, look: &str) -> String {
    format!(
        r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="currentColor"{look}/>
"#
    )
}

/// A text, which wipes out the lines that it crosses.
pub fn text((x, y): Point, anchor: &str, words: &str) -> String {
    let words = escaped(words);
    format!(
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" style="stroke: var(--bg); stroke-width: 4px; paint-order: stroke">{words}</text>
"#
    )
}

/// Words without what an SVG would take for its own.
fn escaped(words: &str) -> String {
    let words = words.replace('&', "&amp;");
    words.replace('<', "&lt;").replace('>', "&gt;")
}

/// A whole number, with a comma after each thousand.
pub fn with_commas(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{head, text, with_commas};

    #[test]
    fn thousands_have_commas() {
        let all = [0.0, 999.0, 1000.0, 26_345.0, 1e6].map(with_commas);
        assert_eq!(all, ["0", "999", "1,000", "26,345", "1,000,000"]);
    }

    #[test]
    fn words_are_no_marks_of_the_drawing() {
        let wanted = "a &lt;b&gt; &amp; c";
        let words = "a <b> & c";
        assert!(text((1.0, 2.0), "start", words).contains(wanted));
        assert_eq!(head("x", words, words, 9).matches(wanted).count(), 2);
    }
}
