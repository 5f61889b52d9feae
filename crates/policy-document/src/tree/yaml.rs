//! YAML texts, as CloudFormation reads them.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::{MAX_DEPTH, Member, Node, Span, SyntaxError, Value};

/// Reads a YAML text.
///
/// # Errors
/// The first place where the text is no YAML, or none that CloudFormation takes.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut reader = Reader {
        text,
        offsets: text.char_indices().map(|(at, _)| at).collect(),
        events: Parser::new_from_str(text),
        anchors: Vec::new(),
    };
    loop {
        let (event, start, end) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Ok(Node { span: Span { start, end }, value: Value::Null }),
            first => return reader.node(first, start, end, 0),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    offsets: Vec<usize>,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: Vec<(usize, Node)>,
}

impl<'a> Reader<'a> {
    fn offset(&self, mark: &Marker) -> usize {
        self.offsets.get(mark.index()).copied().unwrap_or(self.text.len())
    }

    fn next(&mut self) -> Result<(Event<'a>, usize, usize), SyntaxError> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let (start, end) = (self.offset(&span.start), self.offset(&span.end));
                Ok((event, start, end))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, self.text.len(), self.text.len())),
        }
    }

    fn syntax(&self, error: &ScanError) -> SyntaxError {
        let at = self.offset(error.marker());
        self.error(at, at, error.info())
    }

    fn error(&self, start: usize, end: usize, what: &str) -> SyntaxError {
        SyntaxError { span: Span { start, end }, message: format!("read YAML: {what}") }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        start: usize,
        end: usize,
        depth: usize,
    ) -> Result<Node, SyntaxError> {
        let (value, end, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = if plain { scalar(&text) } else { Value::String(text.into_owned()) };
                let written = self.text.get(start..end).unwrap_or_default();
                (value, start + written.trim_end().len(), anchor, tag)
            }
            Event::Alias(id) => {
                let found = self.anchors.iter().rev().find(|(other, _)| *other == id);
                return match found {
                    Some((_, node)) => {
                        Ok(Node { span: Span { start, end }, value: node.value.clone() })
                    }
                    None => Err(self.error(
                        start,
                        end,
                        "this alias names what it is a part of; write it out",
                    )),
                };
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if depth == MAX_DEPTH => {
                return Err(self.error(
                    start,
                    end,
                    "it is nested more than 127 levels deep; make it flatter",
                ));
            }
            Event::SequenceStart(anchor, tag) => {
                let (items, end) = self.items(end, depth + 1)?;
                (Value::Array(items), end, anchor, tag)
            }
            Event::MappingStart(anchor, tag) => {
                let (members, end) = self.members(end, depth + 1)?;
                (Value::Object(members), end, anchor, tag)
            }
            _ => return Err(self.error(start, end, "something else was expected here")),
        };
        let span = Span { start, end };
        let node = Node { span, value: self.tagged(tag.as_deref(), span, value)? };
        if anchor > 0 {
            self.anchors.push((anchor, node.clone()));
        }
        Ok(node)
    }

    fn items(&mut self, mut end: usize, depth: usize) -> Result<(Vec<Node>, usize), SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, at, _) => {
                    return Ok((items, self.close(at, b']').unwrap_or(end)));
                }
                (event, start, to) => items.push(self.node(event, start, to, depth)?),
            }
            end = items.last().map_or(end, |item| item.span.end.max(end));
        }
    }

    fn members(
        &mut self,
        mut end: usize,
        depth: usize,
    ) -> Result<(Vec<Member>, usize), SyntaxError> {
        let mut members = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, at, _) => {
                    return Ok((members, self.close(at, b'}').unwrap_or(end)));
                }
                (Event::Scalar(text, ..), start, to) => (text.into_owned(), start, to),
                (_, start, to) => return Err(self.error(start, to, "a key must be a text")),
            };
            let written = self.text.get(key.1..key.2).unwrap_or_default();
            let key_span = Span { start: key.1, end: key.1 + written.trim_end().len() };
            let (event, start, to) = self.next()?;
            let node = self.node(event, start, to, depth)?;
            end = end.max(node.span.end);
            members.push(Member { key: key.0, key_span, node });
        }
    }

    fn close(&self, at: usize, bracket: u8) -> Option<usize> {
        (self.text.as_bytes().get(at) == Some(&bracket)).then_some(at + 1)
    }

    fn tagged(&self, tag: Option<&Tag>, span: Span, value: Value) -> Result<Value, SyntaxError> {
        let Some(tag) = tag else { return Ok(value) };
        if tag.handle != "!" {
            return Ok(value);
        }
        let name = match tag.suffix.as_str() {
            short @ ("Ref" | "Condition") => short.to_owned(),
            short => format!("Fn::{short}"),
        };
        let value = match value {
            Value::String(text) if tag.suffix == "GetAtt" => match text.split_once('.') {
                Some((resource, attribute)) => Value::Array(vec![
                    Node { span, value: Value::String(resource.to_owned()) },
                    Node { span, value: Value::String(attribute.to_owned()) },
                ]),
                None => Value::String(text),
            },
            value => value,
        };
        let node = Node { span, value };
        Ok(Value::Object(vec![Member { key: name, key_span: span, node }]))
    }
}

fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ if text.parse::<serde_json::Number>().is_ok() => Value::Number(text.to_owned()),
        _ => Value::String(text.to_owned()),
    }
}
