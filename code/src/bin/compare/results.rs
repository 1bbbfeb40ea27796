//! The files that pages show: tables, and drawings of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    bars::{Row, Words, draw},
    figures::Figures,
    subjects::List,
    svg::with_commas,
    table::{
        memory, open_columns, rate, short_talk_columns, size, table,
        talk_columns, whole,
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
    /// When that is not possible.
    pub fn new(folder: &Path) -> Result<Results> {
        fs::create_dir_all(folder)
            .with_context(|| folder.display().to_string())?;
        Ok(Results(folder.to_owned()))
    }

    /// Writes a file, and prints it if it is a table.
    ///
    /// # Errors
    ///
    /// When that is not possible.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        if name.ends_with(".md") {
            println!("{text}");
        }
        let file = self.0.join(name);
        fs::write(&file, text).with_context(|| file.display().to_string())
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
    let (talk, below) = (setting.of_talk(), setting.of_all());
    format!("{tables}{talk} {below}")
}

/// The table of the silent clients of each server.
pub fn open_table(all: &[Figures], setting: &Setting) -> String {
    let table = table("server", &open_columns(setting.idle), all);
    let (openings, below) = (setting.of_openings(), setting.of_all());
    format!("{table}\n{openings} {below}")
}

/// A table for each list of settings.
pub fn step_tables(all: &[(List, Vec<Figures>)], setting: &Setting) -> String {
    let mut text = String::new();
    for (list, figures) in all {
        let mut columns = Vec::new();
        if list.talk {
            let clients = setting.clients.iter().copied();
            columns.extend(clients.flat_map(short_talk_columns));
        }
        if list.open {
            columns.extend(open_columns(setting.idle));
        }
        text += &table(list.title, &columns, figures);
        text += "\n";
    }
    text += "Each row is the best of all rounds; processor and memory are the \
             median. ";
    if all.iter().any(|(list, _)| list.talk) {
        text += &(setting.of_talk() + " ");
    }
    if all.iter().any(|(list, _)| list.open) {
        text += &(setting.of_openings() + " ");
    }
    text + &setting.of_all()
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
    bars_of(
        all,
        bars,
        "compare",
        "Echoes a second of each server",
        legend.collect(),
    )
}

/// The memory of a silent client, as bars.
pub fn memory_bars(all: &[Figures]) -> String {
    let bars = |figures: &Figures| {
        let middle = figures.of_openings(memory).median();
        vec![(middle.unwrap_or_default(), size(middle))]
    };
    let legend = vec!["memory of a silent client".to_owned()];
    bars_of(
        all,
        bars,
        "memory",
        "What a silent client takes of each server's memory",
        legend,
    )
}

fn bars_of(
    all: &[Figures],
    bars: impl Fn(&Figures) -> Vec<(f64, String)>,
    id: &'static str,
    title: &'static str,
    legend: Vec<String>,
) -> String {
    let row = |figures: &Figures| Row {
        name: figures.name.trim_matches('`'),
        bars: bars(figures),
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let mut description = format!("{}.", legend.join(", "));
    for row in &rows {
        let figures = row.bars.iter().map(|bar| bar.1.as_str());
        let figures = figures.collect::<Vec<_>>().join(", ");
        description += &format!(" {}: {figures}.", row.name);
    }
    let words = Words {
        id,
        title,
        description,
        legend,
    };
    draw(&rows, &words)
}

#[cfg(test)]
mod tests;
