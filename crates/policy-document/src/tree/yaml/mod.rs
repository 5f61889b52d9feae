//! YAML texts, as CloudFormation reads them.
//!
//! The parser gives events. The tree, the types of scalars, tags, aliases and places are ours.

mod anchors;
mod brackets;
mod edges;
mod edited;
mod error;
mod scalar;
mod source;
mod surrogates;
mod tag;

use saphyr_parser::{Event, ScalarStyle};

use self::anchors::{Anchors, Merges, no_mapping};
use self::source::{Events, Placed};
use self::tag::Tag;
use super::text::{MAX_DEPTH, within_length};
use super::{Member, Node, Span, SyntaxError, Value};

/// Reads a YAML text of one document. Short forms (`!Ref x`) become long ones, aliases and merge keys are written out. Of a
/// key that stands twice, both stay.
///
/// The place of a text of several lines (`|`) is that of its lines.
///
/// # Errors
/// The first place where the text is no YAML, or has what CloudFormation does not know.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    within_length("YAML", text)?;
    let first = read(text);
    let Err(error) = &first else { return first };
    let Some(indented) = brackets::indent(text) else { return first };
    match indented.restore(read(&indented.text)) {
        Err(other) if other.span.start <= error.span.start => first,
        second => second,
    }
}

fn read(text: &str) -> Result<Node, SyntaxError> {
    let joined = surrogates::join(text);
    let mut reader = Reader {
        text: &joined.text,
        events: Events::new(&joined.text),
        anchors: text.contains('*').then(Anchors::default),
        end: 0,
    };
    joined.restore(reader.document())
}

/// Where aliases stand (`*name`), up to where the text can be read. CloudFormation refuses them, unless
/// `aws cloudformation package` or `sam` have written them out before.
pub fn aliases(text: &str) -> Vec<Span> {
    let (spans, complete) = read_aliases(text);
    match brackets::indent(text) {
        Some(indented) if !complete => {
            let spans = read_aliases(&indented.text).0;
            spans.into_iter().map(|span| indented.original(span)).collect()
        }
        _ => spans,
    }
}

/// The aliases, and whether the whole text can be read.
fn read_aliases(text: &str) -> (Vec<Span>, bool) {
    let joined = surrogates::join(text);
    let mut events = Events::new(&joined.text);
    let mut spans = Vec::new();
    while let Ok(placed) = events.next() {
        match placed.event {
            Event::StreamEnd => return (spans, true),
            Event::Alias(_) => spans.push(joined.original(placed.span())),
            _ => {}
        }
    }
    (spans, false)
}

/// A value without its tag and anchor.
enum Content<'a> {
    Scalar(std::borrow::Cow<'a, str>, ScalarStyle),
    List,
    Mapping,
}

struct Reader<'a> {
    text: &'a str,
    events: Events<'a>,
    /// None in a text that has no aliases.
    anchors: Option<Anchors>,
    /// The end of what was read last.
    end: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, SyntaxError> {
        let first = loop {
            let placed = self.events.next()?;
            match placed.event {
                Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd => {
                    let span = Span { start: 0, end: self.text.len() };
                    return Err(SyntaxError::new(
                        "YAML",
                        span,
                        "the text is empty; write a document",
                    ));
                }
                _ => break placed,
            }
        };
        let node = self.node(first, 0)?;
        loop {
            let placed = self.events.next()?;
            match placed.event {
                Event::StreamEnd => return Ok(node),
                Event::DocumentStart(_) => {
                    let cause =
                        "a second document begins here; CloudFormation reads one: remove it";
                    return Err(SyntaxError::new("YAML", placed.span(), cause));
                }
                _ => {}
            }
        }
    }

    /// The node that begins with this event, within so many lists and objects.
    fn node(&mut self, placed: Placed<'a>, depth: usize) -> Result<Node, SyntaxError> {
        let span = placed.span();
        let (content, anchor, tag) = match placed.event {
            Event::Scalar(text, style, anchor, tag) => (Content::Scalar(text, style), anchor, tag),
            Event::SequenceStart(anchor, tag) => (Content::List, anchor, tag),
            Event::MappingStart(anchor, tag) => (Content::Mapping, anchor, tag),
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            _ => return Err(SyntaxError::new("YAML", span, "a value is expected here; write one")),
        };
        let count = usize::from(anchor > 0) + usize::from(tag.is_some());
        let properties = edges::properties(self.text, span.start, count);
        let tag = Tag::read(tag.as_deref(), properties.tag)?;
        if tag.levels() > 0 {
            enter(depth, span)?;
        }
        let inner =
            Span { start: if count > 0 { properties.end } else { span.start }, end: span.end };
        let node = match content {
            Content::Scalar(text, style) => {
                let place = self.scalar_span(&text, style, inner, span, count > 0);
                self.scalar(&text, style, place, &tag, depth)?
            }
            Content::List => self.list(inner, &tag, depth + tag.levels())?,
            Content::Mapping => self.mapping(inner, &tag, depth + tag.levels())?,
        };
        let node = tag.apply(node);
        self.end = self.end.max(node.span.end);
        if anchor > 0
            && let Some(anchors) = &mut self.anchors
        {
            anchors.keep(anchor, &node)?;
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Node, SyntaxError> {
        self.end = self.end.max(span.end);
        self.anchors.get_or_insert_default().copy(anchor, span, depth)
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        span: Span,
        tag: &Tag,
        depth: usize,
    ) -> Result<Node, SyntaxError> {
        let value = match tag {
            Tag::Core { kind, span: tag } => scalar::tagged(kind, text).ok_or_else(|| {
                let cause = format!("{text:?} is nothing that !!{kind} can be; remove the tag");
                SyntaxError::new("YAML", Span { start: tag.start, end: span.end }, cause)
            })?,
            Tag::None if style == ScalarStyle::Plain => scalar::resolve(text),
            // What a short form is applied to is a text, whatever it looks like.
            Tag::None | Tag::Short { .. } => {
                Value::String(self.as_it_ends(text, style, span).to_owned())
            }
        };
        let node = Node { span, value };
        if !tag.is_get_att() {
            return Ok(node);
        }
        enter(depth + tag.levels(), span)?;
        Ok(tag::attribute(node, self.text))
    }

    /// A block text at the end of a text that ends without a line break has none at its end either; the parser adds one.
    fn as_it_ends<'b>(&self, text: &'b str, style: ScalarStyle, span: Span) -> &'b str {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let rest = self.text.get(span.end..).unwrap_or_default();
        let unended = rest.trim().is_empty() && !self.text.ends_with(['\r', '\n']);
        match text.strip_suffix('\n') {
            Some(ended) if block && unended => ended,
            _ => text,
        }
    }

    /// The place of a scalar: `inner` without properties, `outer` as the parser has it.
    fn scalar_span(
        &self,
        text: &str,
        style: ScalarStyle,
        inner: Span,
        outer: Span,
        properties: bool,
    ) -> Span {
        match style {
            ScalarStyle::Plain if text.is_empty() && properties => {
                Span { start: outer.end, end: outer.end }
            }
            ScalarStyle::Plain if text.is_empty() => self.nothing(outer.start),
            ScalarStyle::Plain => inner,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                Span { start: inner.start, end: edges::quoted_end(self.text, inner.start) }
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let block = edges::block_start(self.text, inner.start);
                let start = if properties { block } else { inner.start };
                let end = edges::trimmed_end(self.text, start, outer.end);
                if text.trim().is_empty() { self.nothing(outer.end) } else { Span { start, end } }
            }
        }
    }

    /// The place of a value that is not written, which the parser has at `at` or before.
    fn nothing(&self, at: usize) -> Span {
        let at = match self.text.as_bytes().get(at) {
            Some(b':') => at + 1,
            _ => edges::trimmed_end(self.text, self.end, at),
        };
        let at = at.max(self.end);
        Span { start: at, end: at }
    }

    fn list(&mut self, inner: Span, tag: &Tag, depth: usize) -> Result<Node, SyntaxError> {
        enter(depth, inner)?;
        collection_tag(tag, "seq")?;
        let mut items = Vec::new();
        loop {
            let placed = self.events.next()?;
            if placed.event == Event::SequenceEnd {
                let span = self.collection_span(inner.start, (b'[', b']'), placed.start);
                items.shrink_to_fit();
                return Ok(Node { span, value: Value::Array(items) });
            }
            items.push(self.node(placed, depth + 1)?);
        }
    }

    fn mapping(&mut self, inner: Span, tag: &Tag, depth: usize) -> Result<Node, SyntaxError> {
        enter(depth, inner)?;
        collection_tag(tag, "map")?;
        let (mut members, mut merges) = (Vec::new(), Merges::default());
        loop {
            let placed = self.events.next()?;
            if placed.event == Event::MappingEnd {
                let span = self.collection_span(inner.start, (b'{', b'}'), placed.start);
                let mut members = merges.into_members(members);
                // Most have one, and room for four.
                members.shrink_to_fit();
                return Ok(Node { span, value: Value::Object(members) });
            }
            let merge = is_merge_key(&placed.event);
            let key = self.node(placed, depth + 1)?;
            let mut value = self.events.next()?;
            if matches!(value.event, Event::SequenceStart(0, None)) && value.start == value.end {
                value.start = edges::list_start(self.text, self.end, value.start);
                value.end = value.start;
            }
            if merge {
                let tagged = has_tag(&value.event);
                let node = self.node(value, depth + 1)?;
                if tagged {
                    return Err(no_mapping(node.span));
                }
                merges.add(node, members.len())?;
            } else {
                let (key, key_span) = key_text(key)?;
                let node = self.node(value, depth + 1)?;
                members.push(Member { key, key_span, node });
            }
        }
    }

    /// The place of a list or mapping that begins at `start`, and that the parser closes at `end`.
    fn collection_span(&self, start: usize, (open, close): (u8, u8), end: usize) -> Span {
        let brackets = self.byte(start) == Some(open);
        // Behind a last comma, it closes at the comma.
        let end =
            if self.byte(end) == Some(b',') { edges::blanks_end(self.text, end + 1) } else { end };
        let closed = brackets && self.byte(end) == Some(close);
        let end = if closed { end + 1 } else { self.end };
        Span { start, end: end.max(start) }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }
}

/// Refuses a list or object within too many others.
fn enter(depth: usize, span: Span) -> Result<(), SyntaxError> {
    if depth < MAX_DEPTH { Ok(()) } else { Err(SyntaxError::too_deep("YAML", span)) }
}

/// Refuses one of YAML's own tags that a list or mapping cannot have.
fn collection_tag(tag: &Tag, kind: &str) -> Result<(), SyntaxError> {
    match tag {
        Tag::Core { kind: written, span } if written != kind && span.end - span.start > 1 => {
            let cause = format!("!!{written} cannot be before this value; remove the tag");
            Err(SyntaxError::new("YAML", *span, cause))
        }
        _ => Ok(()),
    }
}

fn is_merge_key(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<")
}

fn has_tag(event: &Event<'_>) -> bool {
    match event {
        Event::Scalar(_, _, _, tag)
        | Event::SequenceStart(_, tag)
        | Event::MappingStart(_, tag) => tag.is_some(),
        _ => false,
    }
}

/// A key as JSON has it: `on` becomes `true` as it does for a value (cloudformation-validate).
fn key_text(key: Node) -> Result<(String, Span), SyntaxError> {
    let text = match key.value {
        Value::String(text) | Value::Number(text) => text,
        Value::Bool(value) => value.to_string(),
        Value::Null => {
            let cause = "this key is empty or null, which CloudFormation does not take; write a key, or put it in quotes";
            return Err(SyntaxError::new("YAML", key.span, cause));
        }
        Value::Unknown(_) | Value::Array(_) | Value::Object(_) => {
            let cause = "a key has to be a text; write one, or put it in quotes";
            return Err(SyntaxError::new("YAML", key.span, cause));
        }
    };
    Ok((text, key.span))
}
