//! docs/CHECKING.md: its commands print what it says they print. `REWRITE=1 cargo test -p org-policy` writes that anew.

use std::fs;
use std::path::Path;

use crate::run::Folder;

/// A block of the page: the comment above it, the language, the text, and the lines of the page that the text takes.
struct Block {
    mark: String,
    language: String,
    text: String,
    lines: std::ops::Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let (mut found, mut mark, mut at) = (Vec::new(), "", 0);
    while at < lines.len() {
        if let Some(language) = lines[at].strip_prefix("```") {
            let length = lines[at + 1..].iter().position(|line| *line == "```").expect("an end");
            let text: String =
                lines[at + 1..][..length].iter().map(|line| format!("{line}\n")).collect();
            let lines = at + 1..at + 1 + length;
            at = lines.end;
            found.push(Block { mark: mark.to_owned(), language: language.to_owned(), text, lines });
            mark = "";
        } else if let Some(comment) = lines[at].strip_prefix("<!-- ") {
            mark = comment.trim_end_matches(" -->");
        } else if !lines[at].is_empty() {
            mark = "";
        }
        at += 1;
    }
    found
}

#[test]
fn the_page_shows_what_its_commands_print() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CHECKING.md");
    let page = fs::read_to_string(&path).expect("the page");
    let folder = Folder::new("page");
    let (mut command, mut compared, mut printed) = (String::new(), 0, Vec::new());
    for block in blocks(&page) {
        if let Some(name) = block.mark.strip_prefix("policy ") {
            folder.write(name, block.text.as_bytes());
        }
        if block.language == "console" {
            command = block.text.trim().to_owned();
        }
        if block.mark == "printed" {
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            let run = folder.run(&words);
            compared += 1;
            if std::env::var_os("REWRITE").is_none() {
                assert_eq!(block.text, run.stdout, "{command}: REWRITE=1 writes the page anew");
            }
            printed.push((block.lines, run.stdout));
        }
    }
    assert_eq!(compared, 2);
    if std::env::var_os("REWRITE").is_some() {
        let mut lines: Vec<&str> = page.lines().collect();
        for (place, text) in printed.iter().rev() {
            lines.splice(place.clone(), text.lines());
        }
        fs::write(path, lines.join("\n") + "\n").expect("the page");
    }
}

/// The picture in README is what the tool prints today.
#[test]
fn the_picture_shows_what_the_tool_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let policy = fs::read_to_string(root.join("demo/policy.yaml")).expect("the policy");
    let folder = Folder::with("picture", &[("policy.yaml", &policy)]);
    let run = folder.run(&["check", "policy.yaml"]);
    let picture = fs::read_to_string(root.join("docs/images/check.svg")).expect("the picture");
    let drawn = picture.lines().filter(|line| line.starts_with("<text "));
    let drawn: String = drawn
        .map(|line| {
            let text = line.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</text>"));
            text.map_or("", |(text, _)| text)
        })
        .collect();
    let drawn = drawn.replace("&quot;", "\"").replace("&#x27;", "'").replace("&gt;", ">");
    let drawn = drawn.replace("&lt;", "<").replace("&amp;", "&");
    let bare = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(
        bare(&drawn),
        bare(&format!("$ org-policy check policy.yaml\n{}", run.stdout)),
        "make recording"
    );
}
