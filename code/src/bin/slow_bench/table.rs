//! What was measured, in words and as curves.

use std::fmt::Write;

use echo::chat::mailbox::Slow;

use crate::{
    course::{AHEAD, Course, LISTENERS, name},
    member::{Fate, LINE_HEARD},
    plot::{Curve, Words},
    svg::with_commas,
};

/// The table, and what its figures are.
pub fn table(courses: &[Course], machine: &str) -> String {
    let mut text = String::from(
        "| policy | lines that the others heard | memory at the end | \
         what became of the deaf member |\n\
         |:--|--:|--:|:--|\n",
    );
    for course in courses {
        let (name, end) = (name(course.slow), course.end());
        let (lines, memory) = (end.lines, end.memory);
        let fate = fate(course);
        // Nothing is wrong with what a string takes in.
        let _ =
            writeln!(text, "| {name} | {lines} | {memory:.1} MiB | {fate} |");
    }
    let _ = write!(text, "\n{}\n\nMeasured on {machine}.\n", explained());
    text
}

fn explained() -> String {
    format!(
        "A deaf member, {LISTENERS} who hear and compare each line, and a \
         speaker, who is at most {AHEAD} lines ahead of the slowest of them. \
         A line has {LINE_HEARD} bytes. Memory is what Linux calls resident; what \
         waits in the buffers of the system is not in it. At the end the deaf \
         member reads after all."
    )
}

/// What became of the deaf member.
fn fate(course: &Course) -> String {
    let Fate {
        heard,
        missed,
        is_cut,
    } = course.fate;
    match (course.stops(), missed) {
        _ if is_cut => format!("was cut off after {heard} lines"),
        (true, _) => "kept all others waiting until it read".to_owned(),
        (_, 0) => format!("got all {heard} lines"),
        _ => format!("got {heard} lines, and was told that it missed {missed}"),
    }
}

/// A curve for each policy.
pub fn curves(courses: &[Course]) -> Vec<Curve> {
    let curve = |course: &Course| Curve {
        name: name(course.slow),
        early_end: course.stops().then_some("the room stops"),
        dashes: match course.slow {
            Slow::Grow | Slow::Wait => None,
            Slow::Miss => Some("8 4"),
            Slow::Cut => Some("2 3"),
        },
        points: course
            .notes
            .iter()
            .map(|note| (note.lines as f64, note.memory))
            .collect(),
    };
    courses.iter().map(curve).collect()
}

/// What the drawing is, for those who do not see it.
pub fn described(courses: &[Course]) -> Words {
    let mut text = String::from(
        "One curve for each policy, of the memory in MiB over the lines that \
         were said.",
    );
    for course in courses {
        text += &course_in_words(course);
    }
    Words {
        id: "slow",
        title: "The memory of a room with a member who never reads",
        description: text,
        across: "lines said",
        upwards: "MiB of memory",
    }
}

fn course_in_words(course: &Course) -> String {
    let (start, end) = (course.notes.first(), course.end());
    let start = start.map_or(0.0, |note| note.memory);
    let (lines, memory) = (with_commas(end.lines as f64), end.memory);
    let how = match course.stops() {
        true => ", where the room stops",
        false => "",
    };
    let name = name(course.slow);
    format!(" {name}: from {start:.1} to {memory:.1} after {lines} lines{how}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Note;

    fn course(slow: Slow, lines: usize, memory: f64, fate: Fate) -> Course {
        let note = |lines, memory| Note { lines, memory };
        Course {
            slow,
            lines: 50_000,
            notes: vec![note(0, 4.0), note(lines, memory)],
            fate,
        }
    }

    fn fate(heard: usize, missed: usize, is_cut: bool) -> Fate {
        Fate {
            heard,
            missed,
            is_cut,
        }
    }

    fn courses() -> Vec<Course> {
        vec![
            course(Slow::Grow, 50_000, 12.34, fate(50_000, 0, false)),
            course(Slow::Wait, 20_123, 5.0, fate(20_200, 0, false)),
            course(Slow::Miss, 50_000, 5.26, fate(20_123, 29_877, false)),
            course(Slow::Cut, 50_000, 5.1, fate(20_123, 0, true)),
        ]
    }

    #[test]
    fn the_table_is_made_from_the_figures() {
        let table = table(&courses(), "a machine");
        let rows: Vec<_> = table.lines().skip(2).take(5).collect();
        assert_eq!(
            rows,
            [
                "| grow | 50000 | 12.3 MiB | got all 50000 lines |",
                "| wait | 20123 | 5.0 MiB | kept all others waiting until it \
                 read |",
                "| miss | 50000 | 5.3 MiB | got 20123 lines, and was told \
                 that it missed 29877 |",
                "| cut | 50000 | 5.1 MiB | was cut off after 20123 lines |",
                "",
            ]
        );
        assert!(table.ends_with("\n\nMeasured on a machine.\n"), "{table}");
    }

    #[test]
    fn each_curve_has_its_figures_and_only_the_one_that_stops_says_so() {
        let curves = curves(&courses());
        assert_eq!(curves[0].points, [(0.0, 4.0), (50_000.0, 12.34)]);
        let ends: Vec<_> = curves.iter().map(|one| one.early_end).collect();
        assert_eq!(ends, [None, Some("the room stops"), None, None]);
    }

    #[test]
    fn the_description_says_each_figure_that_can_be_seen() {
        let said = described(&courses()).description;
        for part in [
            " grow: from 4.0 to 12.3 after 50,000 lines.",
            " wait: from 4.0 to 5.0 after 20,123 lines, where the room stops.",
            " cut: from 4.0 to 5.1 after 50,000 lines.",
        ] {
            assert!(said.contains(part), "{part:?} is not in {said}");
        }
    }
}
