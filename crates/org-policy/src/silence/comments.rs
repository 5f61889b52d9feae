//! The comments of a YAML text that speak to this tool.

use policy_document::tree::{Node, Span, Value};

use crate::input::{File, Source};

/// What such a comment begins with, behind its `#`.
const ADDRESS: &str = "org-policy:";

/// A comment that speaks to this tool.
#[derive(Debug)]
pub struct Silence {
    /// Where it stands, from its `#`.
    pub span: Span,
    /// The line whose findings it silences.
    pub line: usize,
    /// What it says; none if it is not of the form `allow(CODE) reason`.
    pub says: Option<Says>,
}

/// What is silenced, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Says {
    /// The codes, each with its place.
    pub codes: Vec<(String, Span)>,
    /// The reason; empty if none is given.
    pub reason: String,
}

/// All such comments of a file.
pub fn silences(file: &File) -> Vec<Silence> {
    let text = &file.source.text;
    if !text.contains(ADDRESS) {
        return Vec::new();
    }
    let mut texts = Vec::new();
    collect(&file.root, &mut texts);
    texts.sort_by_key(|span| span.start);
    let below = contents(&file.source);
    let found = text.match_indices(ADDRESS).filter_map(|(at, _)| comment_before(text, at));
    found
        .filter(|hash| !is_inside(&texts, *hash))
        .map(|hash| silence(&file.source, &below, hash))
        .collect()
}

/// The `#` that makes a comment of what follows: only blanks between, and a blank or nothing before it.
fn comment_before(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?.trim_end_matches([' ', '\t']);
    let hash = before.len().checked_sub(1)?;
    let rest = before.strip_suffix('#')?;
    let starts = rest.is_empty() || rest.ends_with([' ', '\t', '\n', '\r']);
    starts.then_some(hash)
}

/// The places of all keys and single values: a `#` in them is a character of theirs.
fn collect(node: &Node, texts: &mut Vec<Span>) {
    match &node.value {
        Value::Object(members) => {
            for member in members {
                texts.push(member.key_span);
                collect(&member.node, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        _ => texts.push(node.span),
    }
}

/// The spans are sorted, and none holds another.
fn is_inside(spans: &[Span], offset: usize) -> bool {
    let after = spans.partition_point(|span| span.start <= offset);
    let last = after.checked_sub(1).and_then(|last| spans.get(last));
    last.is_some_and(|span| offset < span.end)
}

/// For each line, from 0, the first line from there on that is neither empty nor a comment alone.
fn contents(source: &Source) -> Vec<usize> {
    let mut next = source.lines();
    let mut below: Vec<usize> = (1..=source.lines())
        .rev()
        .map(|line| {
            let text = source.line_text(line).trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                next = line;
            }
            next
        })
        .collect();
    below.reverse();
    below
}

fn silence(source: &Source, below: &[usize], hash: usize) -> Silence {
    let own = source.line_of(hash);
    let line = source.line(own);
    let is_alone = source.text.get(line.start..hash).is_some_and(|before| before.trim().is_empty());
    let comment = source.text.get(hash..line.end).unwrap_or_default();
    Silence {
        span: Span { start: hash, end: hash + comment.trim_end().len() },
        line: if is_alone { below.get(own).copied().unwrap_or(own) } else { own },
        says: says(comment, hash),
    }
}

/// Reads `# org-policy: allow(CODE, CODE) reason`.
fn says(comment: &str, start: usize) -> Option<Says> {
    let (_, words) = comment.split_once(ADDRESS)?;
    let list = words.trim_start().strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (codes, reason) = list.split_once(')')?;
    let mut at = start + (comment.len() - list.len());
    let codes: Vec<(String, Span)> = codes
        .split(',')
        .map(|part| {
            let begin = at + (part.len() - part.trim_start().len());
            at += part.len() + 1;
            let code = part.trim();
            (code.to_owned(), Span { start: begin, end: begin + code.len() })
        })
        .collect();
    let complete = codes.iter().all(|(code, _)| !code.is_empty());
    complete.then(|| Says { codes, reason: reason.trim().to_owned() })
}
