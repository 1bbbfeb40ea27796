use std::fs;

use super::{
    Results, memory_bars, open_table, rate_bars, step_table, talk_table,
};
use crate::{
    figures::{Figures, tests::figures},
    lists::{SERVERS, STEPS},
    stall,
    subjects::{List, Silent, Talking},
    words::tests::setting,
};

fn measured() -> Vec<Figures> {
    vec![
        figures("C", &[123_456.0, 98_765.0]),
        figures("`server`", &[45_678.0]),
    ]
}

/// What stands in a drawing, but for what leads the eye.
fn labels(svg: &str) -> Vec<&str> {
    let parts = svg.split("</text>");
    let labels = parts.filter_map(|part| part.rsplit_once('>'));
    labels
        .map(|(_, label)| label)
        .filter(|one| !one.trim().is_empty())
        .collect()
}

#[test]
fn the_table_has_every_figure_of_the_drawing() {
    let table = talk_table(&measured(), &setting());
    let labels = rate_bars(&measured(), &setting());
    let labels = self::labels(&labels);
    assert!(labels.contains(&"123,456"), "{labels:?}");
    for label in labels {
        assert!(table.contains(label), "{label:?} is not in {table}");
    }
}

#[test]
fn the_table_has_the_memory_of_the_drawing() {
    let table = open_table(&measured(), &setting());
    let svg = memory_bars(&measured());
    for label in labels(&svg) {
        assert!(table.contains(label), "{label:?} is not in {table}");
    }
}

#[test]
fn equal_figures_give_equal_drawings() {
    let drawn = |all: &[Figures]| {
        [rate_bars(all, &setting()), memory_bars(all)].concat()
    };
    assert_eq!(drawn(&measured()), drawn(&measured()));
    assert_ne!(drawn(&measured()), drawn(&measured()[..1]));
}

#[test]
fn each_table_says_how_it_was_measured_and_where() {
    for table in [
        talk_table(&measured(), &setting()),
        open_table(&measured(), &setting()),
        step_table(&STEPS[0], &measured(), &setting()),
    ] {
        assert!(table.contains("\n\nMeasured on a machine. "), "{table}");
        assert!(table.contains("processor"), "{table}");
    }
}

#[test]
fn a_list_has_only_the_figures_that_it_asks_for() {
    let mut list = STEPS[0];
    (list.talk, list.silent) = (Talking::FewAndMany, Silent::Nobody);
    let table = step_table(&list, &measured(), &setting());
    assert!(
        table.contains("| 1,000 clients: echoes a second |"),
        "{table}"
    );
    assert!(!table.contains("silent"), "{table}");
}

#[test]
fn results_are_written_to_a_folder_that_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    Results::new(&inner)
        .unwrap()
        .write("x.svg", "<svg>")
        .unwrap();
    let written = fs::read_to_string(inner.join("x.svg")).unwrap();
    assert_eq!(written, "<svg>");
}

/// What has the name of the new file cannot be written, nor taken for it.
#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let results = Results::new(folder.path()).unwrap();
    results.write("x.svg", "<old>").unwrap();
    fs::create_dir(folder.path().join("x.svg.new")).unwrap();
    results.write("x.svg", "<new>").unwrap_err();
    let kept = fs::read_to_string(folder.path().join("x.svg")).unwrap();
    assert_eq!(kept, "<old>");
}

/// What stands above the columns, and before the rows. How many clients there
/// are, and who is the first, may differ.
fn frame(table: &str) -> Vec<String> {
    let rows: Vec<_> =
        table.lines().filter(|row| row.starts_with('|')).collect();
    let mut frame = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let cells = row.split('|').map(str::trim);
        let mut cells = cells.filter(|cell| !cell.is_empty());
        match rows.get(at + 1) {
            Some(below) if below.starts_with("|:--") => {
                frame.extend(cells.map(head))
            }
            _ => frame.extend(cells.next().map(str::to_owned)),
        }
    }
    frame
}

fn head(cell: &str) -> String {
    let words =
        cell.trim_start_matches(|one: char| one.is_ascii_digit() || one == ',');
    match words.strip_prefix("of ") {
        Some(_) => "of".to_owned(),
        None => words.to_owned(),
    }
}

/// The table that a page shows.
fn shown(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/results");
    fs::read_to_string(format!("{folder}/{file}.md")).unwrap()
}

fn not_measured(list: &List) -> Vec<Figures> {
    let names = list.subjects.iter().map(|one| one.name);
    names.map(Figures::new).collect()
}

/// A reader may have measured with other clients, or fewer servers. So what a
/// page shows need not be all that the program makes.
#[test]
fn pages_show_the_tables_that_this_program_makes() {
    let setting = setting();
    let servers = not_measured(&SERVERS);
    let mut tables = vec![
        ("compare", talk_table(&servers, &setting)),
        ("open", open_table(&servers, &setting)),
    ];
    for list in STEPS {
        let table = step_table(list, &not_measured(list), &setting);
        tables.push((list.file, table));
    }
    for (file, table) in tables {
        let made = frame(&table);
        for part in frame(&shown(file)) {
            assert!(made.contains(&part), "{file}.md has {part}");
        }
    }
}

/// How many rows it has, `load` decides.
#[test]
fn a_page_shows_the_standstill_as_this_program_tells_it() {
    let made = stall::table(&stall::tests::stall(), &setting());
    let (shown, made) = (frame(&shown("stall")), frame(&made));
    assert_eq!(shown[0], made[0]);
    for row in made {
        assert!(shown.contains(&row), "{row}");
    }
}
