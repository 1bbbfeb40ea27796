//! The files that pages show: tables, and drawings of them.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    bars::{Row, Words, draw},
    figures::Figures,
    subjects::{List, Silent, Talking, Watched},
    svg::with_commas,
    table::{
        calls_column, cost_column, memory, memory_column, middle_column, rate,
        short_talk_columns, size, table, talk_columns, time_columns, whole,
    },
    words::Setting,
};

/// Where results are written.
pub struct Results(PathBuf);

impl Results {
    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    ///
    /// When that is not possible, or nothing can be written there.
    pub fn new(folder: &Path) -> Result<Results> {
        fs::create_dir_all(folder)
            .and_then(|()| tempfile::tempfile_in(folder))
            .with_context(|| folder.display().to_string())?;
        Ok(Results(folder.to_owned()))
    }

    /// Writes a file, and then prints it if it is a table, also when there was
    /// no room for the file. Without room the old file remains.
    ///
    /// # Errors
    ///
    /// When that is not possible.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.0.join(name);
        let new = self.0.join(format!("{name}.new"));
        let written =
            fs::write(&new, text).and_then(|()| fs::rename(&new, &file));
        if written.is_err() {
            // A part of it may be there, and nobody wants that.
            let _ = fs::remove_file(&new);
        }
        if name.ends_with(".md") {
            // Nothing is lost if nobody reads along.
            let _ = writeln!(io::stdout(), "{text}");
        }
        written.with_context(|| file.display().to_string())
    }
}

/// A table of the servers for each number of clients.
pub fn talk_table(all: &[Figures], setting: &Setting) -> String {
    let tables = setting.clients.iter().map(|clients| {
        let first = all.first().map_or("", |first| first.name);
        let table = table("server", &talk_columns(*clients, first), all);
        let clients = with_commas(f64::from(*clients));
        format!("{clients} clients:\n\n{table}\n")
    });
    let tables: String = tables.collect();
    let (talk, below) = (setting.of_talk(), setting.of_servers());
    format!("{tables}{talk} {below}")
}

/// The table of the silent clients of each server.
pub fn open_table(all: &[Figures], setting: &Setting) -> String {
    let mut columns: Vec<_> = time_columns(setting.idle).into();
    columns.push(memory_column());
    let table = table("server", &columns, all);
    let (openings, below) = (setting.of_openings(), setting.of_servers());
    format!("{table}\n{openings} {below}")
}

/// The table of a list of settings.
pub fn step_table(
    list: &List,
    figures: &[Figures],
    setting: &Setting,
) -> String {
    let clients = setting.clients_of(list).iter().copied();
    let mut columns: Vec<_> = clients.flat_map(short_talk_columns).collect();
    if list.talk == Talking::Many {
        let many = setting.clients_of(list).iter().copied();
        columns.splice(2..2, many.map(middle_column));
    }
    if list.talk == Talking::Few {
        let few = setting.clients_of(list).iter().copied();
        columns.extend(few.map(|few| cost_column("processor", few)));
    }
    if matches!(list.silent, Silent::Time | Silent::Both) {
        columns.extend(time_columns(setting.idle));
    }
    if matches!(list.silent, Silent::Memory | Silent::Both) {
        columns.push(memory_column());
    }
    if list.calls != Watched::Nobody {
        columns.push(calls_column());
    }
    let table = table(list.title, &columns, figures);
    format!("{table}\n{}", setting.of_step(list))
}

/// The best rates, as bars.
pub fn rate_bars(all: &[Figures], setting: &Setting) -> String {
    let legend = setting.clients.iter().take(2);
    let legend = legend.map(|one| with_commas(f64::from(*one)) + " clients");
    let bars = |figures: &Figures| {
        let clients = setting.clients.iter().take(2);
        let best = clients.map(|one| figures.of_rounds(*one, rate).most());
        best.map(|best| (best.unwrap_or_default(), whole(best)))
            .collect()
    };
    let words = Words {
        id: "compare",
        title: "Echoes a second of each server",
        description: String::new(),
        legend: legend.collect(),
    };
    bars_of(all, bars, words)
}

/// The memory of a silent client, as bars.
pub fn memory_bars(all: &[Figures]) -> String {
    let bars = |figures: &Figures| {
        let middle = figures.of_openings(memory).median();
        vec![(middle.unwrap_or_default(), size(middle))]
    };
    let words = Words {
        id: "memory",
        title: "What a silent client takes of each server's memory",
        description: String::new(),
        legend: vec!["memory of a silent client".to_owned()],
    };
    bars_of(all, bars, words)
}

/// Describes the bars with all their figures, and draws them.
fn bars_of(
    all: &[Figures],
    bars: impl Fn(&Figures) -> Vec<(f64, String)>,
    mut words: Words,
) -> String {
    let row = |figures: &Figures| Row {
        name: figures.name.trim_matches('`'),
        bars: bars(figures),
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    words.description = format!("{}.", words.legend.join(", "));
    for row in &rows {
        let figures = row.bars.iter().map(|bar| bar.1.as_str());
        let figures = figures.collect::<Vec<_>>().join(", ");
        words.description += &format!(" {}: {figures}.", row.name);
    }
    draw(&rows, &words)
}

#[cfg(test)]
mod tests;
