//! Patterns with `*` (any characters) and `?` (one character), as IAM matches them: over the whole text.

/// Whether the pattern matches the text; letters have to be the same up to ASCII case.
#[cfg(any(feature = "catalogue", feature = "effective"))]
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    walk(pattern.as_bytes(), text.as_bytes(), |p, t| p == b'?' || p.eq_ignore_ascii_case(&t))
}

/// Whether `wide` matches whatever `narrow` matches. What it does not see through it denies.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    let same = |w: u8, n: u8| if w == b'?' { n != b'*' } else { w.eq_ignore_ascii_case(&n) };
    walk(wide.as_bytes(), narrow.as_bytes(), same)
}

fn walk(pattern: &[u8], text: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on, if what follows the last `*` does not match here.
    let mut retry = None;
    while let Some(&next) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(&expected) if same(expected, next) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after_star, from)) = retry else { return false };
                retry = Some((after_star, from + 1));
                p = after_star;
                t = from + 1;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|&rest| rest == b'*')
}

/// Whether some text is matched by both patterns. Upper and lower case differ.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    if a == "*" || a == b {
        return true;
    }
    let b = b.as_bytes();
    // below[j]: whether the rest of `a` after the present character and the rest of `b` from j overlap.
    let mut below: Vec<bool> =
        (0..=b.len()).map(|j| b.iter().skip(j).all(|&c| c == b'*')).collect();
    for &next in a.as_bytes().iter().rev() {
        let mut here = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let at = |row: &[bool], j: usize| row.get(j).copied().unwrap_or(false);
            let overlaps = match (next, b.get(j).copied()) {
                (b'*', other) => at(&below, j) || (other.is_some() && at(&here, j + 1)),
                (_, Some(b'*')) => at(&here, j + 1) || at(&below, j),
                (_, Some(other)) => {
                    (next == other || next == b'?' || other == b'?') && at(&below, j + 1)
                }
                (_, None) => false,
            };
            if let Some(cell) = here.get_mut(j) {
                *cell = overlaps;
            }
        }
        below = here;
    }
    below.first().copied().unwrap_or(false)
}
