//! A text that is changed before the parser reads it, and its places in the text before.

use std::borrow::Cow;
use std::ops::Range;

use crate::tree::{Node, Span, SyntaxError, Value};

/// A text with parts replaced.
pub(super) struct Edited<'a> {
    pub(super) text: Cow<'a, str>,
    before: &'a str,
    /// How much of the text before is in the text.
    done: usize,
    edits: Vec<Edit>,
}

/// What was put into the text, where, and what to add to the places behind it.
struct Edit {
    new: Range<usize>,
    shift: isize,
}

impl<'a> Edited<'a> {
    /// The text as it is.
    pub(super) fn new(before: &'a str) -> Self {
        Self { text: Cow::Borrowed(before), before, done: 0, edits: Vec::new() }
    }

    /// Replaces a part of the text before. Parts come in their order, and [`Self::finish`] at the end.
    pub(super) fn replace(&mut self, part: Range<usize>, with: &str) {
        if self.edits.is_empty() {
            self.text = Cow::Owned(String::with_capacity(self.before.len()));
        }
        let kept = self.before.get(self.done..part.start).unwrap_or_default();
        let text = self.text.to_mut();
        text.push_str(kept);
        let start = text.len();
        text.push_str(with);
        let new = start..text.len();
        self.done = part.end;
        self.edits.push(Edit { shift: part.end.cast_signed() - new.end.cast_signed(), new });
    }

    /// Adds what is behind the last part.
    pub(super) fn finish(mut self) -> Self {
        if !self.edits.is_empty() {
            let rest = self.before.get(self.done..).unwrap_or_default();
            self.text.to_mut().push_str(rest);
        }
        self
    }

    /// Whether it is another text.
    pub(super) fn is_changed(&self) -> bool {
        !self.edits.is_empty()
    }

    /// Where a part of this text is in the text before.
    pub(super) fn original(&self, span: Span) -> Span {
        Span { start: self.place(span.start), end: self.place(span.end) }
    }

    fn place(&self, at: usize) -> usize {
        let after = self.edits.partition_point(|edit| edit.new.end <= at);
        // Within what was put in, it is where that begins.
        let at = self.edits.get(after).map_or(at, |edit| at.min(edit.new.start));
        let last = after.checked_sub(1).and_then(|last| self.edits.get(last));
        let before = at.saturating_add_signed(last.map_or(0, |edit| edit.shift));
        self.before.floor_char_boundary(before)
    }

    /// What was read of this text, with its places in the text before.
    pub(super) fn restore(&self, read: Result<Node, SyntaxError>) -> Result<Node, SyntaxError> {
        if self.edits.is_empty() {
            return read;
        }
        match read {
            Ok(mut node) => {
                self.restore_node(&mut node);
                Ok(node)
            }
            Err(error) => Err(SyntaxError { span: self.original(error.span), ..error }),
        }
    }

    fn restore_node(&self, node: &mut Node) {
        node.span = self.original(node.span);
        match &mut node.value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.restore_node(item)),
            Value::Object(members) => members.iter_mut().for_each(|member| {
                member.key_span = self.original(member.key_span);
                self.restore_node(&mut member.node);
            }),
            _ => {}
        }
    }
}
