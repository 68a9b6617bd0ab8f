//! What was counted, for people and for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use source_map::Level;

use crate::judge::{Mark, Verdict};

/// Everything that was counted.
#[derive(Debug)]
pub(crate) struct Report {
    is_json: bool,
    pub(crate) files: usize,
    pub(crate) bindings: usize,
    pub(crate) shapes: BTreeMap<&'static str, usize>,
    pub(crate) wrappers: BTreeMap<&'static str, usize>,
    /// To find the bindings of all files.
    pub(crate) reading: Duration,
    /// To map each script, with the parsing of its file in the first.
    pub(crate) times: Vec<(Duration, String)>,
    levels: BTreeMap<Level, usize>,
    /// Scripts whose file could not be read.
    pub(crate) missing: usize,
    /// Scripts in which a value within a line was taken to be one line.
    pub(crate) by_convention: usize,
    /// The scripts of the two lowest levels.
    pub(crate) doubtful: Vec<(String, Level)>,
    exact: usize,
    line: usize,
    wrong: usize,
    unmapped: usize,
    judged_scripts: usize,
    last_judged: Option<String>,
    /// The marks that are not exact.
    others: Vec<String>,
}

/// Marks that are named one by one.
const MOST_NAMED: usize = 100_000;

impl Report {
    pub(crate) fn new(is_json: bool) -> Self {
        Self {
            is_json,
            files: 0,
            bindings: 0,
            shapes: BTreeMap::new(),
            wrappers: BTreeMap::new(),
            reading: Duration::ZERO,
            times: Vec::new(),
            levels: BTreeMap::new(),
            missing: 0,
            by_convention: 0,
            doubtful: Vec::new(),
            exact: 0,
            line: 0,
            wrong: 0,
            unmapped: 0,
            judged_scripts: 0,
            last_judged: None,
            others: Vec::new(),
        }
    }

    pub(crate) fn count(&mut self, level: Level) {
        *self.levels.entry(level).or_default() += 1;
        self.last_judged = None;
    }

    pub(crate) fn judged(&mut self, id: &str, mark: &Mark<'_>, verdict: Verdict) {
        if self.last_judged.as_deref() != Some(id) {
            self.last_judged = Some(id.to_owned());
            self.judged_scripts += 1;
        }
        let (count, name) = match verdict {
            Verdict::Exact => (&mut self.exact, "exact"),
            Verdict::Line => (&mut self.line, "line"),
            Verdict::Wrong => (&mut self.wrong, "wrong"),
            Verdict::Unmapped => (&mut self.unmapped, "unmapped"),
        };
        *count += 1;
        if verdict != Verdict::Exact && self.others.len() < MOST_NAMED {
            let Mark { script, file, nix } = mark;
            self.others.push(format!(
                "{name}: {id} script byte {script}, {file} byte {nix}"
            ));
        }
    }

    fn level(&self, level: Level) -> usize {
        self.levels.get(&level).copied().unwrap_or_default()
    }

    /// In milliseconds, of all scripts.
    fn time(&self, part: f64) -> f64 {
        let mut times: Vec<_> = self.times.iter().map(|(time, _)| *time).collect();
        times.sort_unstable();
        // The number of a script is small enough for a float.
        let index = (times.len() as f64 * part).ceil() as usize;
        let time = times.get(index.saturating_sub(1).min(times.len().saturating_sub(1)));
        time.map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn slowest(&self) -> Vec<&(Duration, String)> {
        let mut times: Vec<_> = self.times.iter().collect();
        times.sort_unstable_by(|first, second| second.cmp(first));
        times.truncate(5);
        times
    }

    pub(crate) fn print(&self) {
        if self.is_json {
            self.print_json();
        } else {
            self.print_text();
        }
    }

    #[allow(clippy::print_stdout, reason = "the report of a program for terminals")]
    fn print_json(&self) {
        let unique = self.level(Level::Proven) + self.level(Level::Unique);
        let doubtful: Vec<_> = self
            .doubtful
            .iter()
            .map(|(id, level)| json!({ "id": id, "level": name(*level) }))
            .collect();
        let total: Duration = self.times.iter().map(|(time, _)| time).sum();
        let report = json!({
            "files": self.files,
            "bindings": self.bindings,
            "shapes": self.shapes,
            "wrappers": self.wrappers,
            "scripts": self.times.len(),
            "missing": self.missing,
            "levels": {
                "E0": self.level(Level::Proven),
                "E1": self.level(Level::Unique),
                "E2": self.level(Level::SameLines),
                "E3": self.level(Level::Guess),
                "E4": self.level(Level::Unmapped),
            },
            "unique": unique,
            "by_convention": self.by_convention,
            "ambiguous": self.level(Level::SameLines) + self.level(Level::Guess),
            "failed": self.level(Level::Unmapped),
            "truth": {
                "scripts": self.judged_scripts,
                "exact": self.exact,
                "line": self.line,
                "wrong": self.wrong,
                "unmapped": self.unmapped,
            },
            "milliseconds": {
                "reading": self.reading.as_secs_f64() * 1000.0,
                "mapping": total.as_secs_f64() * 1000.0,
                "p50": self.time(0.5),
                "p99": self.time(0.99),
                "max": self.time(1.0),
            },
            "doubtful": doubtful,
            "not_exact": self.others,
        });
        println!("{report:#}");
    }

    #[allow(clippy::print_stdout, reason = "the report of a program for terminals")]
    fn print_text(&self) {
        println!("files       {}", self.files);
        println!("bindings    {}", self.bindings);
        for (name, count) in self.shapes.iter().chain(&self.wrappers) {
            println!("  {count:>6}  {name}");
        }
        let milliseconds = self.reading.as_secs_f64() * 1000.0;
        println!("found in    {milliseconds:.0} ms");
        if self.times.is_empty() {
            return;
        }
        println!("scripts     {}", self.times.len());
        println!("missing     {}", self.missing);
        for level in LEVELS {
            println!("  {:>6}  {}", self.level(level), name(level));
        }
        let unique = self.level(Level::Proven) + self.level(Level::Unique);
        println!("unique      {unique}");
        println!(
            "  {:>6}  of these because values within a line are one line",
            self.by_convention
        );
        println!(
            "ambiguous   {}",
            self.level(Level::SameLines) + self.level(Level::Guess)
        );
        println!("failed      {}", self.level(Level::Unmapped));
        let total: Duration = self.times.iter().map(|(time, _)| time).sum();
        println!(
            "mapped in   {:.0} ms; p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            total.as_secs_f64() * 1000.0,
            self.time(0.5),
            self.time(0.99),
            self.time(1.0)
        );
        for (time, id) in self.slowest() {
            println!("  {:>6.1} ms  {id}", time.as_secs_f64() * 1000.0);
        }
        for (id, level) in &self.doubtful {
            println!("  {}  {id}", name(*level));
        }
        let marks = self.exact + self.line + self.wrong + self.unmapped;
        if marks > 0 {
            println!(
                "truth       {marks} marks in {} scripts: {} exact, {} on the line, {} wrong, {} unmapped ({:.3} % mapped)",
                self.judged_scripts,
                self.exact,
                self.line,
                self.wrong,
                self.unmapped,
                (self.exact + self.line) as f64 / marks as f64 * 100.0
            );
        }
        self.others.iter().for_each(|other| println!("  {other}"));
    }
}

const LEVELS: [Level; 5] = [
    Level::Proven,
    Level::Unique,
    Level::SameLines,
    Level::Guess,
    Level::Unmapped,
];

fn name(level: Level) -> &'static str {
    match level {
        Level::Proven => "E0 proven",
        Level::Unique => "E1 unique",
        Level::SameLines => "E2 same lines",
        Level::Guess => "E3 guess",
        Level::Unmapped => "E4 unmapped",
    }
}

/// Says what is wrong with the question.
#[allow(clippy::print_stderr, reason = "the report of a program for terminals")]
pub(crate) fn complain(problem: &str) {
    eprintln!("census: {problem}");
}
