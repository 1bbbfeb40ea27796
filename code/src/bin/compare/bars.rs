//! Bars as an SVG for a page: a name for each row, and a bar or two in it.

use crate::svg::{FAINT, head, line, text};

/// Where all bars begin, and where the longest ends.
const START: f64 = 84.0;
const END: f64 = 376.0;

/// How high a bar is, with what is above it.
const STEP: f64 = 18.0;

/// Between two rows.
const GAP: f64 = 10.0;

/// How dark the bars of a row are.
const LOOKS: [&str; 2] = ["0.75", "0.3"];

/// A row of bars.
pub struct Row {
    pub name: &'static str,
    /// A number, and how it is written.
    pub bars: Vec<(f64, String)>,
}

/// What is said around the bars.
pub struct Words {
    /// Differs from that of all other drawings of a page.
    pub id: &'static str,
    pub title: &'static str,
    pub description: String,
    /// What the bars of a row are, from above.
    pub legend: Vec<String>,
}

/// The drawing. Equal rows give equal drawings.
pub fn draw(rows: &[Row], words: &Words) -> String {
    let bars = || rows.iter().flat_map(|row| &row.bars);
    let most = bars().map(|bar| bar.0).fold(f64::MIN_POSITIVE, f64::max);
    let top = 12.0 + STEP * words.legend.len() as f64;
    let height = top + STEP * bars().count() as f64 + GAP * rows.len() as f64;
    let mut svg =
        head(words.id, words.title, &words.description, height as u32);
    svg += &legend(&words.legend);
    let mut y = top;
    for row in rows {
        let middle = y + 0.5 * STEP * row.bars.len() as f64 + 3.0;
        svg += &text((START - 8.0, middle), "end", row.name);
        for (number, (figure, label)) in row.bars.iter().enumerate() {
            let length = (END - START) * figure / most;
            svg += &bar(START, y, length, LOOKS[number % LOOKS.len()]);
            svg += &text((START + length + 6.0, y + 12.0), "start", label);
            y += STEP;
        }
        y += GAP;
    }
    svg + &line((START, top - 4.0), (START, y - GAP), FAINT) + "</svg>\n"
}

/// What the bars of a row are, above all rows.
fn legend(all: &[String]) -> String {
    let entry = |(number, words): (usize, &String)| {
        let y = 4.0 + STEP * number as f64;
        bar(START, y, 22.0, LOOKS[number % LOOKS.len()])
            + &text((START + 30.0, y + 12.0), "start", words)
    };
    all.iter().enumerate().map(entry).collect()
}

fn bar(x: f64, y: f64, length: f64, look: &str) -> String {
    let height = STEP - 4.0;
    format!(
        r#"<rect x="{x:.1}" y="{y:.1}" width="{length:.1}" height="{height:.1}" fill="currentColor" fill-opacity="{look}"/>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(longest: f64) -> String {
        let bar = |figure: f64| (figure, format!("{figure}"));
        let rows = [
            Row {
                name: "C",
                bars: vec![bar(longest), bar(10.0)],
            },
            Row {
                name: "Go",
                bars: vec![bar(20.0)],
            },
        ];
        let words = Words {
            id: "some",
            title: "Some bars",
            description: "They are long.".to_owned(),
            legend: vec!["50 clients".to_owned(), "1,000 clients".to_owned()],
        };
        draw(&rows, &words)
    }

    #[test]
    fn equal_figures_give_equal_bars() {
        assert_eq!(drawn(40.0), drawn(40.0));
        assert_ne!(drawn(40.0), drawn(41.0));
    }

    #[test]
    fn the_longest_bar_fills_the_width_and_half_of_it_half() {
        let svg = drawn(40.0);
        assert!(svg.contains("width=\"292.0\""), "{svg}");
        assert!(svg.contains("width=\"146.0\""), "{svg}");
        assert!(svg.contains("width=\"73.0\""), "{svg}");
    }

    #[test]
    fn bars_have_names_and_figures_and_no_colours() {
        let svg = drawn(40.0);
        for words in ["C", "Go", "40", "10", "20", "1,000 clients"] {
            assert!(svg.contains(&format!(">{words}</text>")), "{words}");
        }
        assert!(svg.contains("<desc id=\"some-desc\">They are long.</desc>"));
        assert!(!svg.contains('#'), "it has colours of its own: {svg}");
    }
}
