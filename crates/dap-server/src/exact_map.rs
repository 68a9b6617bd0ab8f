//! The exact map of a script whose origin stays in doubt: the test is evaluated once more, with markers in its strings.
//!
//! It happens beside the build, so the map is there before the script runs. Whatever goes wrong leaves the map that there was.
//! The marked copy lies in the session's directory and is gone afterwards; nothing is written beside the user's files.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use nix_interop::{Evaluation, Nix, Source, Variant, copy_project};
use source_map::{
    CannotMark, FileId, Instrumented, Level, Reading, ScriptMap, Selection, discover, instrument,
    markable_literals,
};
use tokio_util::sync::CancellationToken;

use crate::script::{Candidates, Script, Texts};

/// What is asked for, and by what means.
pub(crate) struct Question<'a> {
    pub(crate) nix: &'a Nix,
    pub(crate) source: &'a Source,
    pub(crate) variant: Variant,
    pub(crate) evaluation: &'a Evaluation,
    /// The files that the evaluation read, as they were.
    pub(crate) texts: &'a Texts,
    /// A private directory.
    pub(crate) place: &'a Path,
    pub(crate) cancel: &'a CancellationToken,
}

/// The map that markers prove; `None` when the files alone leave no doubt.
///
/// # Errors
/// A sentence about why there is none.
pub(crate) async fn exact_map(question: &Question<'_>) -> Result<Option<ScriptMap>, String> {
    let evaluation = question.evaluation;
    let evaluated: Vec<_> = question.texts.keys().cloned().collect();
    let candidates = Candidates {
        named: Vec::new(),
        evaluated: &evaluated,
    };
    let name = Some(evaluation.name.clone());
    let map = Script::align(&evaluation.script, &candidates, question.texts, name);
    if !matches!(map.level(), Level::Guess | Level::Unmapped) {
        return Ok(None);
    }
    let files = files_to_mark(&map, question.texts);
    let mut problem = "no file of the test holds a testScript".to_owned();
    for extent in [Extent::Spoken, Extent::Scripts] {
        let marked =
            marked(&files, &evaluation.script, extent).map_err(|error| error.to_string())?;
        if marked.is_empty() {
            continue;
        }
        match reading(question, &evaluated, &marked).await {
            Ok(reading) => {
                let sources: Vec<_> = marked
                    .iter()
                    .map(|(path, file)| source_map::Source::new(path.clone(), file.source()))
                    .collect();
                return Ok(Some(reading.map(&sources)));
            }
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

/// The files that the script is written in, as far as that is known, else all that speak of one.
fn files_to_mark<'a>(map: &ScriptMap, texts: &'a Texts) -> Vec<(&'a PathBuf, &'a str)> {
    let matched = map.matched().and_then(|matched| map.source(matched.file));
    let is_meant = |path: &Path, text: &str| match matched {
        Some(source) => source.path == path,
        None => text.contains("testScript"),
    };
    let files = texts.iter().map(|(path, text)| (path, &**text));
    files.filter(|(path, text)| is_meant(path, text)).collect()
}

/// Which strings of a file get markers. What looks at a marked text, such as at the name of the test, may fail.
#[derive(Debug, Clone, Copy)]
enum Extent {
    /// Those of the scripts, and those that say something that the script says.
    Spoken,
    /// Those of the scripts alone.
    Scripts,
}

fn marked(
    files: &[(&PathBuf, &str)],
    script: &str,
    extent: Extent,
) -> Result<Vec<(PathBuf, Instrumented)>, CannotMark> {
    let mut marked: Vec<(PathBuf, Instrumented)> = Vec::new();
    for (index, (path, text)) in (0..).zip(files) {
        let first = marked.last().map_or(0, |(_, file)| file.next_id());
        let scripts: Vec<_> = discover(text).into_iter().map(|each| each.value).collect();
        let is_meant = |literal: &Range<usize>| {
            let is_inside =
                |outer: &Range<usize>| outer.start <= literal.start && literal.end <= outer.end;
            let body = text.get(literal.clone()).unwrap_or_default();
            scripts.iter().any(is_inside)
                || matches!(extent, Extent::Spoken) && is_spoken(body, script)
        };
        let literals = markable_literals(text)?.into_iter();
        let ranges: Vec<_> = literals
            .map(|literal| literal.range)
            .filter(is_meant)
            .collect();
        let file = instrument(text, FileId(index), first, Selection::These(&ranges))?;
        marked.push(((*path).clone(), file));
    }
    Ok(marked)
}

/// Whether a line of a string literal, up to its first interpolation, is part of the script. A mere word proves nothing.
fn is_spoken(literal: &str, script: &str) -> bool {
    let is_word = |text: &str| {
        text.chars()
            .all(|each| each.is_alphanumeric() || "-_".contains(each))
    };
    let lines = literal.trim_matches(['"', '\'']).lines();
    lines
        .map(|line| line.split("${").next().unwrap_or_default().trim())
        .any(|line| !is_word(line) && script.contains(line))
}

async fn reading(
    question: &Question<'_>,
    evaluated: &[PathBuf],
    marked: &[(PathBuf, Instrumented)],
) -> Result<Reading, String> {
    let copy = question.place.join("marked");
    let texts: BTreeMap<_, _> = marked
        .iter()
        .map(|(path, file)| (path.clone(), file.text().to_owned()))
        .collect();
    let made = {
        let (source, copy) = (question.source.clone(), copy.clone());
        let evaluated = evaluated.to_owned();
        // The disk may be slow, and the session must not wait for it.
        tokio::task::spawn_blocking(move || copy_project(&source, &evaluated, &texts, &copy)).await
    };
    let result = match made {
        Ok(Ok(source)) => question
            .nix
            .evaluate(&source, question.variant, |_| {}, question.cancel)
            .await
            .map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    // What is left goes with the session.
    let _left = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(copy)).await;
    let files: Vec<_> = marked.iter().map(|(_, file)| file).collect();
    Reading::of(&result?.script, &question.evaluation.script, &files)
        .map_err(|error| error.to_string())
}
