//! A text, and the places in it.

use std::ops::Range;

/// A text with a name.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is called: the path as it was given, or `<stdin>`.
    pub path: String,
    /// The text.
    pub text: String,
    /// Where each line begins.
    starts: Vec<usize>,
    /// How many characters there are before each block of bytes: a line may be as long as the text.
    characters: Vec<usize>,
}

/// A place as editors count it: from 1, and columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

const BLOCK: usize = 1024;

impl Source {
    /// A text, and where its lines begin.
    pub fn new(path: String, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = [0].into_iter().chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut before = 0;
        let counted = text.as_bytes().chunks(BLOCK).map(|block| {
            before += begun(block);
            before
        });
        let characters = [0].into_iter().chain(counted).collect();
        Self { path, text, starts, characters }
    }

    /// The line of an offset, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The offsets of a line, without its line break.
    pub fn line(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let with_break = self.text.get(start..end).unwrap_or_default();
        start..start + with_break.trim_end_matches(['\n', '\r']).len()
    }

    /// The text of a line, without its line break.
    pub fn line_text(&self, line: usize) -> &str {
        self.text.get(self.line(line)).unwrap_or_default()
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Line and column of an offset.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.line(line).start;
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Position { line, column }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = self.text.floor_char_boundary(offset);
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default();
        self.characters.get(block).copied().unwrap_or_default() + begun(rest)
    }
}

/// How many characters begin in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}
